"""Where a room's timeline is decided: a compare-and-set on `seq`, and the memory of what has been applied.

The port. Adapters: `sync.store.memory` (one process). Every adapter passes tests/sync/test_store.py.
"""

from dataclasses import dataclass
from typing import Protocol

import msgspec

from sync.timeline import Timeline

APPLIED_KEPT = 256
"""(session, id) pairs remembered in each room."""

JOURNAL_KEPT = 256
"""Journal entries remembered in each room."""

Pair = tuple[str, str]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One change of a timeline, for the journal. `by` is a participant, `user` who that is; None if nobody did it."""

    seq: int
    at: float
    action: str
    by: str | None
    user: str | None
    id: str | None
    position: float


@dataclass(frozen=True, slots=True)
class Committed:
    """The new timeline holds."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Another one came first; `held` is what holds."""

    held: Timeline


@dataclass(frozen=True, slots=True)
class Repeated:
    """This (session, id) has been applied before."""

    held: Timeline


Outcome = Committed | Stale | Repeated


class Store(Protocol):
    async def load(self, room: str) -> Timeline | None:
        """The timeline that holds, None for a room that the store doesn't know."""

    async def open(self, room: str, timeline: Timeline, applied: list[Pair]) -> Timeline:
        """Begin with `timeline` unless the room is known already; returns what holds."""

    async def commit(self, room: str, *, expected: int, timeline: Timeline, entry: Entry, pair: Pair | None) -> Outcome:
        """Replace the timeline whose `seq` is `expected`, once for each pair."""

    async def remember(self, room: str, pair: Pair) -> bool:
        """Note a command that changed nothing; False if it had been noted before."""

    async def applied(self, room: str) -> list[Pair]:
        """The pairs that are remembered, oldest first."""

    async def journal(self, room: str, after: int = 0) -> list[Entry]:
        """Recent entries with a `seq` above `after`, oldest first."""

    async def forget(self, room: str) -> None:
        """Let go of a room that nobody uses; its timeline lives on in the archive."""
