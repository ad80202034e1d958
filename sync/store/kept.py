"""What a process remembers of a room by itself, to offer it to a store that took over or lost its memory.

Every command is noted here, and hardly one is ever looked for: so each is the one piece of text as which it is sent
anyway, and they are let go of many at a time (sync.store.pairs says why).
"""

import msgspec

from sync.store import JOURNAL_KEPT, Entry, Pair
from sync.store.pairs import Pairs, Place, Told, encoded
from sync.timeline import Timeline

RECENT_SECONDS = 5.0
"""Journal entries that are older have been written behind to the database."""

LOG_KEPT = 16 * JOURNAL_KEPT
"""Entries and pairs that changed nothing, reactions say, before the older ones go sooner."""

_encode = msgspec.json.Encoder().encode
_line = msgspec.json.Decoder(Entry | Pair).decode


class Kept:
    """Instants are monotonic."""

    __slots__ = ("_asked", "_before", "_entries", "_log", "_pairs", "_since", "place", "timeline")

    def __init__(self) -> None:
        self.timeline: Timeline | None = None
        self.place: Place | None = None
        """The newest pair that Redis has told of."""
        self._pairs = Pairs()
        """What the stores have told of, and what has gone from the log without that."""
        self._asked = 0.0
        """When a store was last asked for its pairs."""
        self._log: list[bytes] = []
        self._before: list[bytes] = []
        """JSON of each entry, and each pair that changed nothing: since `_since`, and in the time before."""
        self._since = 0.0
        self._entries = 0
        """How many of `_log` are entries."""

    def took(self, timeline: Timeline | None) -> None:
        """That holds, unless something newer does."""
        if timeline is not None and (self.timeline is None or self.timeline.seq < timeline.seq):
            self.timeline = timeline

    def happened(self, timeline: Timeline, entry: bytes, now: float) -> None:
        """`entry` is JSON."""
        self.took(timeline)
        self._note(entry, now)
        self._entries += 1

    def remembered(self, pair: Pair, now: float) -> None:
        self._note(_encode(pair), now)

    def _note(self, line: bytes, now: float) -> None:
        if now - self._since >= RECENT_SECONDS or self._entries >= JOURNAL_KEPT or len(self._log) >= LOG_KEPT:
            if self._asked <= self._since:
                self._learn(self._before)
            self._before, self._log, self._since, self._entries = self._log, [], now, 0
        self._log.append(line)

    def learn(self, pairs: list[bytes]) -> None:
        """These are a store's, each as JSON."""
        self._pairs.learn(pairs)

    def take(self, told: Told, *, asked: float) -> None:
        """Redis was asked at that instant, and told of these."""
        self._asked = asked
        if told.after is None:
            # Known ones keep their places: those that only this process knows of would be the first to go.
            self._pairs.note(told.pairs)
            self.place = told.newest
        elif told.after is self.place:
            self._pairs.add(told.pairs)
            self.place = told.newest
        else:
            # Somebody else has asked meanwhile.
            self._pairs.learn(told.pairs)
            self.place = None

    @property
    def told_of(self) -> str:
        """The pairs that the stores have told of, oldest first, as a JSON array."""
        return self._pairs.text

    @property
    def pairs(self) -> str:
        """All that are known, oldest first, as a JSON array."""
        self._learn(self._before + self._log)
        return self._pairs.text

    def recent(self, after: int = 0) -> list[Entry]:
        lines = map(_line, self._before + self._log)
        entries = [line for line in lines if isinstance(line, Entry) and line.seq > after]
        return sorted(entries, key=lambda entry: entry.seq)[-JOURNAL_KEPT:]

    def _learn(self, log: list[bytes]) -> None:
        noted = [line.pair if isinstance(line, Entry) else line for line in map(_line, log)]
        if self._pairs.note(encoded(pair for pair in noted if pair is not None)):
            # Redis may tell of them yet: it is asked for all, so that none is taken twice.
            self.place = None
