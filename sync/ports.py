"""What the engine needs from the world around it. It knows ids as strings, and no model of another app."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """`buffering` is {"policy", "grace", "timeout", "percent"?}; `control` is host, moderators or everyone.

    `auto_next`: after a movie the next one of the queue is loaded. `skip_votes`: the majority may skip a movie.
    """

    id: str
    code: str
    name: str
    control: str
    buffering: dict[str, Any]
    auto_next: bool = False
    skip_votes: bool = False
    slow_mode: int = 0
    """Seconds that members and guests have to wait between two lines of chat."""
    host_handover: bool = False
    """Somebody stands in for a host who has gone."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Somebody who may enter. `role` is host, moderator, member or guest; `sid` the signed-in device, if any."""

    room: RoomSettings
    user_id: str
    name: str
    role: str
    sid: str | None
    is_guest: bool
    muted: bool = False
    controls: bool = False
    """May control the room whatever the role."""


class Refused(Exception):
    """Raised by `admit`. The socket is accepted and closed with `close_code` and the one word `reason`."""

    def __init__(self, close_code: int, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.close_code = close_code
        self.reason = reason
        self.status = status

    @classmethod
    def http(cls, status: int) -> "Refused":
        """Refuse the upgrade itself: only for a bad or missing Origin."""
        return cls(0, "origin", status=status)


Scope = Mapping[str, Any]
Admit = Callable[[Scope, str], Awaitable[Admission]]
"""ASGI scope and room code → Admission; raises Refused, or watchparty.errors.Unavailable."""


@dataclass(frozen=True, slots=True)
class ChatLine:
    """A stored line. `repeated`: this (session, id) had been stored before."""

    chat_seq: int
    participant_id: str
    user_id: str
    name: str
    text: str
    sent_at: datetime
    id: str
    repeated: bool = False


class Chat(Protocol):
    """The rooms' chat logs. All methods raise watchparty.errors."""

    async def post(
        self, *, room_id: str, user_id: str, name: str, participant_id: str, session: str, id: str, text: str
    ) -> ChatLine: ...

    async def since(self, *, room_id: str, chat_seq: int, limit: int) -> list[ChatLine]:
        """The first `limit` lines after `chat_seq`, in order."""

    async def last(self, *, room_id: str) -> int:
        """The room's newest `chat_seq`, 0 at first."""


@dataclass(frozen=True, slots=True)
class Item:
    """A movie of a room's queue; `duration` in seconds, None while unknown."""

    id: str
    duration: float | None


class Items(Protocol):
    """The rooms' playlists."""

    async def get(self, *, room_id: str, item: str) -> Item:
        """Raises watchparty.errors.NotFound when the movie is not in the room's queue."""

    async def first(self, *, room_id: str) -> Item | None: ...

    async def following(self, *, room_id: str, item: str) -> Item | None:
        """The next one that can be played after that movie in the queue; None at its end."""
