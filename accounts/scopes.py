"""Who an ASGI scope comes from, before Django has made a request of it."""

from collections.abc import Mapping
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.http import parse_cookie
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import live_web_session
from accounts.tokens import verify_access
from watchparty import limits
from watchparty.errors import Forbidden, NotAuthenticated


async def admit_upload(scope: Mapping[str, Any]) -> None:
    """Whether who sends this may upload now, and one use of RATE_LIMIT_UPLOAD.

    It is spent here, before the body is read: what comes and is then refused fills the disk as well.
    Raises NotAuthenticated, Forbidden (guests), RateLimited.
    """
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    await database_sync_to_async(_admit_upload)(headers)


def _admit_upload(headers: Mapping[bytes, str]) -> None:
    user = _user_of(headers)
    if user.is_guest:
        raise Forbidden(_("Guests can't upload movies. Make an account first."), code="guest")
    limits.spend("UPLOAD", str(user.pk))


def _user_of(headers: Mapping[bytes, str]) -> User:
    """By the bearer token or the session cookie, if that is good now."""
    scheme, _space, token = headers.get(b"authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return verify_access(token.strip()).user
    cookies = parse_cookie(headers.get(b"cookie", ""))
    identity = live_web_session(cookies.get(settings.SESSION_COOKIE_NAME))
    if identity is None:
        raise NotAuthenticated(_("Sign in before you upload."))
    return identity.user
