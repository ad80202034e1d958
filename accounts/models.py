"""People and the devices that they are signed in on."""

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.names import DISPLAY_NAME_MAX, USERNAME_MAX, USERNAME_MIN, username_characters, visible_name

USER_AGENT_MAX = 300


class Users(UserManager["User"]):
    """Knows that an address may be missing, and that names differ in more than their case."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str | None:  # type: ignore[override]
        """None for no address: two people without one are not in conflict."""
        return super().normalize_email(email) or None

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.alias(lowered=Lower("username")).get(lowered=(username or "").lower())


class User(AbstractUser):
    """A person. A guest is one without a password and address, let in by an invite."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(
        _("user name"),
        max_length=USERNAME_MAX,
        unique=True,
        validators=[MinLengthValidator(USERNAME_MIN), username_characters],
        error_messages={"unique": _("This user name is taken.")},
    )
    # Null, not "", where there is none: addresses are unique.
    email = models.EmailField(_("e-mail address"), null=True, blank=True)  # type: ignore[assignment]  # noqa: DJ001
    display_name = models.CharField(
        _("display name"), max_length=DISPLAY_NAME_MAX, blank=True, validators=[visible_name]
    )
    email_verified_at = models.DateTimeField(_("address verified"), null=True, blank=True)
    is_guest = models.BooleanField(_("guest"), default=False)
    token_version = models.PositiveIntegerField(
        default=0, help_text=_("Carried by access tokens; raising it ends them all.")
    )
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    objects: ClassVar[Users] = Users()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="accounts_user_username_ci",
                violation_error_message=_("This user name is taken."),
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_ci",
                violation_error_message=_("This address has an account already."),
            ),
            models.CheckConstraint(condition=~models.Q(email=""), name="accounts_user_email_null_not_blank"),
        ]

    @property
    def name(self) -> str:
        """What other people are shown."""
        return self.display_name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self, now: datetime | None = None) -> Self:
        """Neither ended nor past their absolute expiry."""
        return self.filter(ended_at=None, expires_at__gt=now or timezone.now())


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
    user_agent = models.CharField(max_length=USER_AGENT_MAX, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text=_("Absolute: no rotation moves it."))
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Session"]] = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["-last_seen_at", "-created_at"]
        indexes = [models.Index(fields=["user", "ended_at"])]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_kind_display()} · {self.user_agent or self.ip or self.id}"


class RefreshToken(models.Model):
    """One link in a family's chain. Kept hashed; consumed by one conditional UPDATE."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="refresh_tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    consumed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.session_id} · {self.created_at:%Y-%m-%d %H:%M:%S}"
