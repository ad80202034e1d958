"""An account's own life: its profile, being shut out, being erased."""

from collections.abc import Collection

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import signals
from accounts.models import User
from accounts.services.email import send_verification
from accounts.services.registration import check_fields, refuse_taken
from accounts.services.sessions import end_all_sessions
from accounts.telling import tell
from watchparty.errors import Forbidden

PROFILE = ("username", "email", "display_name")


def update_profile(*, by: User, changes: dict[str, str], origin: str = "") -> User:
    """Change one's own ``username``, ``email`` or ``display_name``. A new address is to be verified anew.

    Raises Invalid with the field, Forbidden for a guest's name or address.
    """
    user = User.objects.get(pk=by.pk)
    if user.is_guest and {"username", "email"} & set(changes):
        raise Forbidden(_("A guest has a display name only. Register to have an account."))
    before = {field: getattr(user, field) for field in PROFILE} | {"name": user.name}
    for field in PROFILE:
        setattr(user, field, changes.get(field, before[field]))
    user.email = User.objects.normalize_email(user.email)
    check_fields(user)
    refuse_taken(user)
    if user.email != before["email"]:
        user.email_verified_at = None
    try:
        with transaction.atomic():
            user.save(update_fields=[*PROFILE, "email_verified_at"])
            if changed := sorted(field for field in PROFILE if getattr(user, field) != before[field]):
                signals.profile_edited.send(sender=User, user=user, by=by, changed=changed)
            if user.email != before["email"]:
                send_verification(user=user, origin=origin)
            if user.name != before["name"]:
                tell(signals.profile_changed, user_id=str(user.pk), name=user.name)
    except IntegrityError:
        refuse_taken(user)
        raise
    return user


def disable(*, by: User | None, user: User) -> None:
    """Shut an account out, everywhere and at once; nothing of it is lost."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            user.is_active = False
            signals.user_deactivated.send(sender=User, user=user, by=by)
            shut_out(user=user, by=by, reason="disabled")


def enable(*, by: User | None, user: User) -> None:
    """Let a disabled account sign in again."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            user.is_active = True
            signals.user_activated.send(sender=User, user=user, by=by)


def set_rights(
    *, by: User, user: User, is_staff: bool, is_superuser: bool, groups: Collection[Group] | None = None
) -> None:
    """Make somebody staff, or no longer; ``groups`` None leaves those. Raises Forbidden for who is no superuser."""
    if not by.is_superuser:
        raise Forbidden(_("Only superusers give and take rights."))
    if user.is_guest and (is_staff or is_superuser or groups):
        raise Forbidden(_("A guest can't have rights."))
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_staff=is_staff, is_superuser=is_superuser)
        if groups is not None:
            user.groups.set(groups)
        user.is_staff, user.is_superuser = is_staff, is_superuser
        signals.rights_changed.send(sender=User, user=user, by=by)


def erase(*, by: User | None, user: User) -> None:
    """Delete an account and all that is only its own. Other apps put theirs in order by ``user_erased``."""
    with transaction.atomic():
        signals.user_erased.send(sender=User, user=user, by=by)
        shut_out(user=user, by=by, reason="erased")
        # By queryset: who asked goes on holding a user that has an id.
        User.objects.filter(pk=user.pk).delete()


def shut_out(*, user: User, by: User | None, reason: str) -> None:
    """End every device of a user who may no longer be in, and whatever they have open."""
    end_all_sessions(user=user, by=by, reason=reason)
    tell(signals.user_disabled, user_id=str(user.pk))
