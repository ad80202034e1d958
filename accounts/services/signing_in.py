"""Who may sign in."""

from django.contrib.auth import authenticate
from django.utils.translation import gettext as _

from accounts import selectors, signals
from accounts.addresses import limit_key
from accounts.lockout import Key, counted_failures
from accounts.models import USER_AGENT_MAX, User
from watchparty.errors import NotAuthenticated


def sign_in(*, username: str, password: str, ip: str = "", user_agent: str = "") -> User:
    """Whose name (or mail address) and password these are. Opens no session.

    Failures count against the account, known or not, and the address: RATE_LIMIT_TOKEN. Why it failed is told to
    nobody, and takes as long for a name that nobody has. ``user_agent`` is told with a failure. Raises
    NotAuthenticated, RateLimited.
    """
    known = selectors.user_by_login(username)
    with counted_failures(*failure_keys(account=str(known.pk) if known else username.lower(), ip=ip)):
        user = authenticate(username=username, password=password)
        if isinstance(user, User):
            return user
        reason = "unknown_user" if known is None else "wrong_password" if known.is_active else "disabled"
        whence = {"ip": ip, "user_agent": user_agent[:USER_AGENT_MAX]}
        signals.sign_in_failed.send(sender=User, user=known, by=None, reason=reason, **whence)
        raise NotAuthenticated(_("No active account has this name and password."), code="wrong_credentials")


def failure_keys(*, account: str, ip: str) -> tuple[Key, ...]:
    """What a wrong password is counted by."""
    return (("account", account), ("address", limit_key(ip))) if ip else (("account", account),)
