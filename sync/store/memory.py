"""The store of a server that is one process: dictionaries. Nothing here waits, so nothing comes between."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from sync.store import APPLIED_KEPT, JOURNAL_KEPT, Committed, Entry, Outcome, Pair, Repeated, Stale
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


class MemoryStore:
    def __init__(self) -> None:
        self._rooms: dict[str, _Kept] = {}

    async def load(self, room: str) -> Timeline | None:
        kept = self._rooms.get(room)
        return kept.timeline if kept else None

    async def open(self, room: str, timeline: Timeline, applied: list[Pair]) -> Timeline:
        kept = self._rooms.get(room)
        if kept is None:
            kept = self._rooms[room] = _Kept(timeline)
            for pair in applied:
                kept.note(pair)
        return kept.timeline

    async def commit(self, room: str, *, expected: int, timeline: Timeline, entry: Entry, pair: Pair | None) -> Outcome:
        kept = self._rooms[room]
        if pair is not None and pair in kept.applied:
            return Repeated(kept.timeline)
        if kept.timeline.seq != expected or timeline.seq <= expected:
            return Stale(kept.timeline)
        kept.timeline = timeline
        kept.journal.append(entry)
        if pair is not None:
            kept.note(pair)
        return Committed()

    async def remember(self, room: str, pair: Pair) -> bool:
        kept = self._rooms[room]
        if pair in kept.applied:
            return False
        kept.note(pair)
        return True

    async def applied(self, room: str) -> list[Pair]:
        kept = self._rooms.get(room)
        return list(kept.applied) if kept else []

    async def journal(self, room: str, after: int = 0) -> list[Entry]:
        kept = self._rooms.get(room)
        return [entry for entry in kept.journal if entry.seq > after] if kept else []

    async def forget(self, room: str) -> None:
        self._rooms.pop(room, None)
