"""Where timelines outlive the process: the port. The adapter is `sync.persistence`."""

from dataclasses import dataclass
from typing import Protocol

from sync.store import Entry, Pair
from sync.store.pairs import decoded
from sync.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Saved:
    """A room as the archive keeps it.

    `applied` is a JSON array of the last pairs, oldest first; `heard_at` the room clock when anyone in it was last
    heard.
    """

    room: str
    timeline: Timeline
    applied: str
    heard_at: float

    @property
    def pairs(self) -> list[Pair]:
        return decoded(self.applied)


class Archive(Protocol):
    """Where timelines outlive the process."""

    async def new_epoch(self) -> int:
        """A number that is higher at each call, whoever calls."""

    async def load(self, room: str) -> Saved | None: ...

    async def save(self, rooms: list[Saved], journal: list[tuple[str, Entry]]) -> None: ...

    async def delete(self, room: str) -> None: ...
