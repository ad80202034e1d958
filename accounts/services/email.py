"""Proving that an address is its user's."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links, mail, selectors, signals
from accounts.models import User
from watchparty import limits
from watchparty.errors import Invalid


def send_verification(*, user: User, origin: str = "") -> None:
    """Mail the link that verifies this user's address, unless there is nothing to verify. Raises RateLimited.

    Counted by RATE_LIMIT_RESET: whoever may change their address could else have us write to anybody, without end.
    """
    if user.email and user.email_verified_at is None:
        limits.spend("RESET", "verify", str(user.pk))
        mail.send("verify", user.email, {"user": user, "url": links.verify_page(user, origin=origin)})


def verify_email(*, uid: str, token: str) -> User:
    """Take the link that was mailed. It is good once, and for the address that it was mailed to. Raises Invalid."""
    user = selectors.user_by_uid(uid)
    if user is None or not links.verifying.check_token(user, token):
        raise _spent()
    with transaction.atomic():
        user.email_verified_at = timezone.now()
        # The address may have changed, and the link been used, since the token was looked at.
        unverified = User.objects.filter(pk=user.pk, email=user.email, email_verified_at=None)
        if not unverified.update(email_verified_at=user.email_verified_at):
            raise _spent()
        signals.email_verified.send(sender=User, user=user, by=user)
    return user


def _spent() -> Invalid:
    return Invalid(_("This link is no longer good: it was used, is too old, or was cut off."), field="token")
