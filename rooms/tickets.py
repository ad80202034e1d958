"""Tickets for the WebSocket: what a browser on another origin, or a player without headers, connects by.

Good once, for 30 seconds, for one room and user. Kept in the cache under their hash; whoever deletes the entry has
redeemed the ticket, so two connections with one ticket are one connection.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache
from django.utils.translation import gettext as _
from redis import RedisError

from rooms import codes
from watchparty.errors import Unavailable

SECONDS = 30


@dataclass(frozen=True, slots=True)
class Ticket:
    """``sid`` is the signed-in device that asked for it, if any."""

    room_id: UUID
    user_id: UUID
    sid: str | None


def issue(*, room_id: UUID, user_id: UUID, sid: str | None) -> str:
    token = codes.new_token()
    with _answering():
        cache.set(_key(token), Ticket(room_id=room_id, user_id=user_id, sid=sid), timeout=SECONDS)
    return token


def redeem(token: str) -> Ticket | None:
    """What the ticket was for, the first time; None for an unknown, expired or used one."""
    with _answering():
        found: Ticket | None = cache.get(_key(token))
        return found if found is not None and cache.delete(_key(token)) else None


@contextmanager
def _answering() -> Iterator[None]:
    """Raises Unavailable while the cache is down."""
    try:
        yield
    except RedisError as error:
        raise Unavailable(_("No tickets at the moment. Try again in a few seconds.")) from error


def _key(token: str) -> str:
    return f"rooms-ticket-{codes.fingerprint(token)}"
