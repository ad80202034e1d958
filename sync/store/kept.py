"""What a process remembers of a room by itself, to offer it to a store that took over or lost its memory."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from sync.store import APPLIED_KEPT, JOURNAL_KEPT, Entry, Pair
from sync.timeline import Timeline

RECENT_SECONDS = 5.0
"""Journal entries that are older have been written behind to the database."""


@dataclass(slots=True)
class Kept:
    timeline: Timeline | None = None
    pairs: OrderedDict[Pair, None] = field(default_factory=OrderedDict)
    entries: deque[tuple[float, Entry]] = field(default_factory=lambda: deque(maxlen=JOURNAL_KEPT))

    def took(self, timeline: Timeline | None) -> None:
        """That holds, unless something newer does."""
        if timeline is not None and (self.timeline is None or self.timeline.seq < timeline.seq):
            self.timeline = timeline

    def happened(self, timeline: Timeline, entry: Entry, now: float) -> None:
        """`now` is monotonic."""
        self.took(timeline)
        while self.entries and self.entries[0][0] < now - RECENT_SECONDS:
            self.entries.popleft()
        self.entries.append((now, entry))
        if entry.pair is not None:
            self.note(entry.pair)

    def note(self, pair: Pair) -> None:
        self.pairs[pair] = None
        if len(self.pairs) > APPLIED_KEPT:
            self.pairs.popitem(last=False)

    def recent(self, after: int = 0) -> list[Entry]:
        return sorted((entry for _, entry in self.entries if entry.seq > after), key=lambda entry: entry.seq)
