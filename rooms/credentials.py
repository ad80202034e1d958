"""Who knocks at a room's WebSocket, by the first credential that they show.

1. ``?ticket=``, from ``POST rooms/{code}/ticket/``;
2. ``Authorization: Bearer``;
3. the web session's cookie, and only then the Origin counts.

There is no falling through: a bad ticket isn't mended by a good cookie. An access token in the query string is nothing.
"""

from dataclasses import dataclass
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.http import parse_cookie

from accounts.models import User
from accounts.selectors import live_web_session, sessions_of
from accounts.tokens import verify_access
from rooms import origins, tickets
from sync.ports import Refused, Scope
from watchparty.errors import NotAuthenticated

UNAUTHENTICATED = 4401


@dataclass(frozen=True, slots=True)
class Caller:
    """``sid`` is their signed-in device; ``room_id`` the only room that the credential is good for, None for all."""

    user: User
    sid: str | None
    room_id: UUID | None = None


def caller_of(scope: Scope) -> Caller:
    """Raises Refused with 4401, or with HTTP 403 for a bad or missing Origin."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    if "ticket" in query:
        return _by_ticket(query["ticket"][0])
    for value in _headers(scope, b"authorization"):
        scheme, _space, token = value.partition(" ")
        if scheme.lower() == "bearer":
            return _by_bearer(token.strip())
    cookies = parse_cookie("; ".join(_headers(scope, b"cookie")))
    if settings.SESSION_COOKIE_NAME in cookies:
        secure = scope.get("scheme") in ("wss", "https")
        if not origins.is_ours(_headers(scope, b"origin"), _headers(scope, b"host"), secure=secure):
            raise Refused.http(403)
        return _by_cookie(cookies[settings.SESSION_COOKIE_NAME])
    raise Refused(UNAUTHENTICATED, "not_authenticated")


def _by_ticket(token: str) -> Caller:
    ticket = tickets.redeem(token)
    if ticket is None:
        raise Refused(UNAUTHENTICATED, "bad_ticket")
    user = User.objects.filter(pk=ticket.user_id, is_active=True).first()
    # Signed out since: the ticket dies with the device that asked for it.
    if user is None or (ticket.sid and not sessions_of(user).filter(pk=ticket.sid).exists()):
        raise Refused(UNAUTHENTICATED, "signed_out")
    return Caller(user, ticket.sid, room_id=ticket.room_id)


def _by_bearer(token: str) -> Caller:
    try:
        identity = verify_access(token)
    except NotAuthenticated:
        raise Refused(UNAUTHENTICATED, "bad_token") from None
    return Caller(identity.user, identity.sid)


def _by_cookie(session_key: str) -> Caller:
    identity = live_web_session(session_key)
    if identity is None:
        raise Refused(UNAUTHENTICATED, "signed_out")
    return Caller(identity.user, identity.sid)


def _headers(scope: Scope, name: bytes) -> list[str]:
    """Names come in lower case, as ASGI wants them."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]
