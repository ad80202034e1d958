"""Who knocks at a room's WebSocket, by the first credential that they show.

1. ``?ticket=``, from ``POST rooms/{code}/ticket/``;
2. ``Authorization: Bearer``;
3. the web session's cookie, and only then the Origin counts.

There is no falling through: a bad ticket isn't mended by a good cookie. An access token in the query string is nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.http import parse_cookie

from accounts.models import User
from accounts.selectors import live_web_session
from accounts.tokens import Claims, claims_of, signed_in
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


@dataclass(frozen=True, slots=True)
class Claimed:
    """A caller whose device has yet to be looked up; ``refusal`` is the word for one that isn't signed in."""

    claims: Claims
    refusal: str
    room_id: UUID | None = None


def callers_of(scopes: Sequence[Scope]) -> list[Caller | Exception]:
    """Who each is; Refused with 4401, or with HTTP 403 for a bad or missing Origin, or what else went wrong with it.
    The devices of all who come by token or ticket are looked up by one query.
    """
    shown = [_shown_by(scope) for scope in scopes]
    identities = iter(signed_in([one.claims for one in shown if isinstance(one, Claimed)]))
    callers: list[Caller | Exception] = []
    for one in shown:
        if not isinstance(one, Claimed):
            callers.append(one)
        elif identity := next(identities):
            callers.append(Caller(identity.user, identity.sid, one.room_id))
        else:
            callers.append(Refused(UNAUTHENTICATED, one.refusal))
    return callers


def _shown_by(scope: Scope) -> Caller | Claimed | Exception:
    """What is wrong with one credential is raised to who showed it, not to all who knocked meanwhile (`Together`); a
    database that doesn't answer is everybody's trouble.
    """
    try:
        return _credential(scope)
    except DatabaseTrouble:
        raise
    except Exception as error:
        return error


def _credential(scope: Scope) -> Caller | Claimed:
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


def _by_ticket(token: str) -> Caller | Claimed:
    ticket = tickets.redeem(token)
    if ticket is None:
        raise Refused(UNAUTHENTICATED, "bad_ticket")
    if ticket.sid is not None:
        # Signed out since: the ticket dies with the device that asked for it.
        return Claimed(Claims(ticket.user_id, UUID(ticket.sid)), "signed_out", ticket.room_id)
    user = User.objects.filter(pk=ticket.user_id, is_active=True).first()
    if user is None:
        raise Refused(UNAUTHENTICATED, "signed_out")
    return Caller(user, None, room_id=ticket.room_id)


def _by_bearer(token: str) -> Claimed:
    try:
        return Claimed(claims_of(token), "bad_token")
    except NotAuthenticated:
        raise Refused(UNAUTHENTICATED, "bad_token") from None


def _by_cookie(session_key: str) -> Caller:
    identity = live_web_session(session_key)
    if identity is None:
        raise Refused(UNAUTHENTICATED, "signed_out")
    return Caller(identity.user, identity.sid)


def _headers(scope: Scope, name: bytes) -> list[str]:
    """Names come in lower case, as ASGI wants them."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]
