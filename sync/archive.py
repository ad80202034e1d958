"""Where timelines outlive the process: the port. The adapter is `sync.persistence`."""

from dataclasses import dataclass
from typing import Protocol

from sync.store import Entry, Pair
from sync.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Saved:
    """A room as the archive keeps it; `heard_at` is the room clock when anyone in it was last heard."""

    room: str
    timeline: Timeline
    applied: list[Pair]
    heard_at: float


class Archive(Protocol):
    """Where timelines outlive the process."""

    async def new_epoch(self) -> int:
        """A number that is higher at each call, whoever calls."""

    async def load(self, room: str) -> Saved | None: ...

    async def save(self, rooms: list[Saved], journal: list[tuple[str, Entry]]) -> None: ...

    async def delete(self, room: str) -> None: ...
