"""Tickets for the WebSocket: what a browser on another origin, or a player without headers, connects by.

Good once, for 30 seconds, for one room and user. Kept in the cache under their hash; whoever deletes the entry has
redeemed the ticket, so two connections with one ticket are one connection.
"""

from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache

from rooms import codes

SECONDS = 30


@dataclass(frozen=True, slots=True)
class Ticket:
    """``sid`` is the signed-in device that asked for it, if any."""

    room_id: UUID
    user_id: UUID
    sid: str | None


def issue(*, room_id: UUID, user_id: UUID, sid: str | None) -> str:
    token = codes.new_token()
    cache.set(_key(token), Ticket(room_id=room_id, user_id=user_id, sid=sid), timeout=SECONDS)
    return token


def redeem(token: str) -> Ticket | None:
    """What the ticket was for, the first time; None for an unknown, expired or used one."""
    found: Ticket | None = cache.get(_key(token))
    return found if found is not None and cache.delete(_key(token)) else None


def _key(token: str) -> str:
    return f"rooms-ticket-{codes.fingerprint(token)}"
