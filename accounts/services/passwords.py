"""Changing a password that is known, and replacing one that was forgotten."""

from functools import partial

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links, selectors, signals, tasks
from accounts.addresses import limit_key
from accounts.lockout import counted_failures
from accounts.models import User
from accounts.services.registration import check_password_quality
from accounts.services.sessions import end_all_sessions
from accounts.services.signing_in import failure_keys
from watchparty import limits
from watchparty.errors import Conflict, Invalid


def change_password(*, by: User, old: str, new: str, keep: str | None = None, ip: str = "") -> None:
    """Replace one's own password; every device but ``keep`` (a sid) is signed out.

    A Django session that is to survive needs ``keep_web_session`` as well. Raises Invalid with the field
    (``old_password``, ``new_password``), Conflict, RateLimited.
    """
    with counted_failures(*failure_keys(account=str(by.pk), ip=ip)):
        if not by.check_password(old):
            raise Invalid(_("This is not your password."), field="old_password", code="wrong_password")
    check_password_quality(new, user=by, field="new_password")
    with transaction.atomic():
        if not _replace(by, new, by=by):
            raise Conflict(_("Your password was changed elsewhere just now. Sign in with the new one."))
        end_all_sessions(user=by, but=keep, by=by, reason="password")


def request_password_reset(*, email: str, origin: str = "", ip: str = "") -> None:
    """Have the worker mail a link to this address, if it is somebody's; nothing tells whether. Raises RateLimited."""
    if ip:
        limits.spend("RESET", "from", limit_key(ip))
    limits.spend("RESET", "to", email.lower())
    transaction.on_commit(partial(tasks.mail_reset_link, email, origin))


def reset_password(*, uid: str, token: str, new: str) -> User:
    """Take the link that was mailed: a new password, and every device is signed out. Raises Invalid with the field."""
    user = selectors.user_by_uid(uid)
    if user is None or not user.is_active or not links.resetting.check_token(user, token):
        raise _spent()
    check_password_quality(new, user=user, field="new_password")
    with transaction.atomic():
        if not _replace(user, new, by=user):
            raise _spent()
        # The link came by mail, so the address is theirs.
        User.objects.filter(pk=user.pk, email=user.email, email_verified_at=None).update(
            email_verified_at=timezone.now()
        )
        end_all_sessions(user=user, by=user, reason="password")
    return user


def set_password(*, by: User, user: User, new: str) -> None:
    """Give somebody a new password, as the staff do for who can't; every device of theirs is signed out.

    Raises Invalid with the field.
    """
    check_password_quality(new, user=user, field="new_password")
    with transaction.atomic():
        _replace(user, new, by=by)
        end_all_sessions(user=user, by=by, reason="password")


def _replace(user: User, new: str, *, by: User) -> bool:
    """Put the new hash where the old one was; False when somebody else has replaced it meanwhile."""
    before, user.password = user.password, make_password(new)
    if not User.objects.filter(pk=user.pk, password=before).update(password=user.password):
        return False
    signals.password_changed.send(sender=User, user=user, by=by)
    return True


def _spent() -> Invalid:
    return Invalid(_("This link is no longer good: it was used, is too old, or was cut off."), field="token")
