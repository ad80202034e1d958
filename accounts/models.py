"""People and the devices that they are signed in on."""

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person. A guest is one without a password and address, let in by an invite."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), null=True, blank=True)
    display_name = models.CharField(_("display name"), max_length=60, blank=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    is_guest = models.BooleanField(_("guest"), default=False)
    token_version = models.PositiveIntegerField(
        default=0, help_text=_("Carried by access tokens; raising it ends them all.")
    )
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    objects: ClassVar[UserManager["User"]] = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="accounts_user_username_ci"),
            models.UniqueConstraint(Lower("email"), name="accounts_user_email_ci"),
        ]

    @property
    def name(self) -> str:
        """What other people are shown."""
        return self.display_name or self.username


class Session(models.Model):
    """One signed-in device: a family of refresh tokens, or a browser's Django session. Its id is the ``sid``."""

    class Kind(models.TextChoices):
        API = "api", _("app")
        WEB = "web", _("browser")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    kind = models.CharField(max_length=3, choices=Kind.choices)
    # The Django session's key, for Kind.WEB.
    session_key = models.CharField(max_length=40, null=True, blank=True, unique=True)
    user_agent = models.CharField(max_length=300, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text=_("Absolute: no rotation moves it."))
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "ended_at"])]


class RefreshToken(models.Model):
    """One link in a family's chain. Kept hashed; consumed by one conditional UPDATE."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="refresh_tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    consumed_at = models.DateTimeField(null=True, blank=True)
