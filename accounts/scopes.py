"""Who an ASGI scope comes from, before Django has made a request of it."""

from collections.abc import Mapping
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.http import parse_cookie

from accounts.selectors import live_web_session
from accounts.tokens import verify_access
from watchparty.errors import NotAuthenticated


async def signed_in(scope: Mapping[str, Any]) -> bool:
    """Whether the bearer token or the session cookie in the scope's headers is good now."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    good: bool = await database_sync_to_async(_signed_in)(headers)
    return good


def _signed_in(headers: Mapping[bytes, str]) -> bool:
    scheme, _, token = headers.get(b"authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        try:
            verify_access(token.strip())
        except NotAuthenticated:
            return False
        return True
    cookies = parse_cookie(headers.get(b"cookie", ""))
    return live_web_session(cookies.get(settings.SESSION_COOKIE_NAME)) is not None
