"""The store of a server that is one process: dictionaries. Nothing here waits, so nothing comes between."""

from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic, time

from sync.clock import RoomClock
from sync.store import (
    APPLIED_KEPT,
    JOURNAL_KEPT,
    Committed,
    Entry,
    Held,
    Listener,
    Outcome,
    Pair,
    Repeated,
    Stale,
    Unknown,
)
from sync.store.pairs import encoded, joined
from sync.timeline import Timeline


@dataclass(slots=True)
class _Kept:
    timeline: Timeline
    applied: OrderedDict[Pair, None] = field(default_factory=OrderedDict)
    journal: deque[Entry] = field(default_factory=lambda: deque(maxlen=JOURNAL_KEPT))

    def note(self, pair: Pair) -> None:
        self.applied[pair] = None
        if len(self.applied) > APPLIED_KEPT:
            self.applied.popitem(last=False)


COMMITTED = Committed()


class MemoryStore:
    process = "only"

    def __init__(self, new_epoch: Callable[[], Awaitable[int]]) -> None:
        """`new_epoch` gives a higher number at each call: what this memory knew before is lost with its process."""
        self._new_epoch = new_epoch
        self._epoch: int | None = None
        clock = RoomClock(monotonic)
        instant = monotonic()
        clock.sample(instant, instant, time())
        # Four times a command: bound once, not looked up through two objects.
        self.now = clock.now
        self._rooms: dict[str, _Kept] = {}

    @property
    def epoch(self) -> int:
        assert self._epoch is not None, "the store has not been started"
        return self._epoch

    async def start(self, listener: Listener) -> None:
        if self._epoch is None:
            self._epoch = await self._new_epoch()

    async def stop(self) -> None:
        pass

    async def enter(self, room: str) -> Held:
        kept = self._rooms.get(room)
        return Held(kept.timeline if kept else None)

    async def open(self, room: str, timeline: Timeline, applied: list[Pair]) -> Timeline:
        kept = self._rooms.get(room)
        if kept is None:
            kept = self._rooms[room] = _Kept(timeline)
            for pair in applied:
                kept.note(pair)
        elif kept.timeline.seq < timeline.seq:
            kept.timeline = timeline
        return kept.timeline

    async def commit(self, room: str, *, expected: int, timeline: Timeline, entry: Entry) -> Outcome:
        kept = self._known(room)
        pair = entry.pair
        if pair is not None and pair in kept.applied:
            return Repeated(kept.timeline)
        if kept.timeline.seq != expected or timeline.seq <= expected:
            return Stale(kept.timeline)
        kept.timeline = timeline
        kept.journal.append(entry)
        if pair is not None:
            kept.note(pair)
        return COMMITTED

    async def remember(self, room: str, pair: Pair) -> bool:
        kept = self._known(room)
        if pair in kept.applied:
            return False
        kept.note(pair)
        return True

    async def applied(self, room: str) -> str:
        kept = self._rooms.get(room)
        return joined(encoded(kept.applied if kept else ()))

    async def journal(self, room: str, after: int = 0) -> list[Entry]:
        kept = self._rooms.get(room)
        return [entry for entry in kept.journal if entry.seq > after] if kept else []

    def _known(self, room: str) -> _Kept:
        kept = self._rooms.get(room)
        if kept is None:
            raise Unknown(f"Room {room} has not been opened here.")
        return kept

    # Nobody else is there to be told.

    def put(self, room: str, id: str, record: bytes) -> None:
        pass

    def drop(self, room: str, id: str) -> None:
        pass

    def publish(self, room: str, message: bytes) -> None:
        pass

    async def processes(self) -> set[str]:
        return {self.process}

    async def leave(self, room: str) -> None:
        self._rooms.pop(room, None)

    async def forget(self, room: str) -> None:
        self._rooms.pop(room, None)
