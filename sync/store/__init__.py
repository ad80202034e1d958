"""Where a room's timeline is decided, and what the processes of one server share.

The port. Adapters: `sync.store.memory` (one process), `redis`, `postgres`, and `failover`, which puts one over the
other. Every adapter passes tests/sync/test_store.py.

A store is used from one event loop at a time: `start` connects on the running one.
"""

from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from sync.timeline import Timeline

APPLIED_KEPT = 256
"""(session, id) pairs remembered in each room."""

JOURNAL_KEPT = 256
"""Journal entries remembered in each room."""

Pair = tuple[str, str]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One change of a timeline, for the journal and for the other processes.

    `by` is a participant, `user` who that is; None if nobody did it. `session` and `id` are the pair that takes effect
    once.
    """

    seq: int
    at: float
    action: str
    by: str | None
    user: str | None
    id: str | None
    position: float
    session: str | None = None
    stopped: str | None = None
    """The participant for whom the room stopped."""
    leaves_behind: bool = False
    """The room goes on without those who are not ready."""
    item: str | None = None
    """The movie that was started, if one was."""

    @property
    def pair(self) -> Pair | None:
        return None if self.session is None or self.id is None else (self.session, self.id)


class Unreachable(Exception):
    """The store did not answer in time. What was asked of it may have happened, or not."""


class Superseded(Unreachable):
    """Another authority holds than the one that this store knows: nothing happened."""


class Unknown(Unreachable):
    """The store knows no timeline of the room: nothing happened."""


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


@dataclass(frozen=True, slots=True)
class Held:
    """What a store knows of a room: its timeline, and the records of its participants in all processes."""

    timeline: Timeline | None
    people: dict[str, bytes] = field(default_factory=dict)


class Listener(Protocol):
    """Who is told what other processes did in the rooms that were entered. Called on the event loop; must not raise."""

    def committed(self, room: str, timeline: Timeline, entry: Entry) -> None:
        """The timeline changed."""

    def seen(self, room: str, id: str, record: bytes | None) -> None:
        """A participant's record was put; None when it was dropped."""

    def told(self, room: str, message: bytes) -> None:
        """A message was published."""

    def missed(self) -> None:
        """The connection was lost and is back, or the authority changed: anything may have been missed meanwhile."""


class Store(Protocol):
    """All coroutines raise Unreachable."""

    @property
    def process(self) -> str:
        """This process' id: what other processes know it by."""

    @property
    def epoch(self) -> int:
        """The epoch of the present authority, the upper part of every new `seq`. Known once started."""

    def now(self) -> float:
        """The room clock (docs/protocol.md). Known once started."""

    async def start(self, listener: Listener) -> None:
        """Connect, learn the epoch and the clock, hold the lease. Done already on this loop: no effect."""

    async def stop(self) -> None:
        """Disconnect; the process' participants are for the caller to drop before."""

    async def enter(self, room: str) -> Held:
        """Hear of the room from now on, then read it."""

    async def open(self, room: str, timeline: Timeline, applied: list[Pair]) -> Timeline:
        """Offer a timeline; it holds if the store has none, or one with a lower `seq`: then the others are told of it.

        Returns what holds.
        """

    async def commit(self, room: str, *, expected: int, timeline: Timeline, entry: Entry) -> Outcome:
        """Replace the timeline whose `seq` is `expected`, once for each pair, and tell the other processes.

        Raises Superseded, and Unknown if no timeline was opened.
        """

    async def remember(self, room: str, pair: Pair) -> bool:
        """Note a command that changed nothing; False if it had been noted before. Raises as `commit` does."""

    async def applied(self, room: str) -> str:
        """The pairs that are remembered, oldest first, as a JSON array; perhaps some that have just been forgotten."""

    async def journal(self, room: str, after: int = 0) -> list[Entry]:
        """Recent entries with a `seq` above `after`, oldest first."""

    def put(self, room: str, id: str, record: bytes) -> None:
        """Share the record of a participant of this process with all processes. Sent at once, not waited for."""

    def drop(self, room: str, id: str) -> None:
        """Take a participant's record away."""

    def publish(self, room: str, message: bytes) -> None:
        """Tell the other processes that are in the room; after what this one put or published before."""

    async def processes(self) -> set[str]:
        """The processes that are alive: each holds a lease that it renews."""

    async def leave(self, room: str) -> None:
        """Hear no more of a room that nobody of this process uses; what is known of it is kept as long as needed."""

    async def forget(self, room: str) -> None:
        """Leave a room that was closed for good, and delete what is known of it."""
