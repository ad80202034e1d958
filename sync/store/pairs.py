"""The last pairs of a room as text: they are archived each second, and hardly ever looked at.

Each is the JSON array that it is in Redis. They are kept joined, in few pieces: of thousands of small objects that lie
untouched from one second to the next none is in the processor's caches any more.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from sync.store import APPLIED_KEPT, Pair

PIECE = 32
"""Pairs in one piece of text."""

_pairs = msgspec.json.Decoder(list[Pair]).decode
_apart = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def decoded(text: str | bytes) -> list[Pair]:
    """The pairs of a JSON array."""
    return _pairs(text)


def encoded(pairs: Iterable[Pair]) -> list[bytes]:
    """Each as JSON."""
    return [_encode(pair) for pair in pairs]


def apart(text: str | bytes) -> list[bytes]:
    """The pairs of a JSON array, each as JSON."""
    return [bytes(pair) for pair in _apart(text)]


def joined(pairs: Iterable[bytes]) -> str:
    """A JSON array of pairs that are JSON."""
    return f"[{b','.join(pairs).decode()}]"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in Redis a room's newest pair is, under which epoch."""

    epoch: bytes
    pair: bytes
    number: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """What Redis told: the pairs, each as JSON, that came `after` a place; all of them if that is None."""

    pairs: list[bytes]
    after: Place | None
    newest: Place | None


class Pairs:
    """The newest APPLIED_KEPT, and up to a piece more."""

    __slots__ = ("_count", "_pieces")

    def __init__(self) -> None:
        self._pieces: deque[tuple[int, bytes]] = deque()
        """How many pairs, and those, with commas between them."""
        self._count = 0

    def add(self, pairs: Sequence[bytes]) -> None:
        """These came after all that are known."""
        for start in range(max(0, len(pairs) - APPLIED_KEPT), len(pairs), PIECE):
            some = pairs[start : start + PIECE]
            count, text = len(some), b",".join(some)
            self._count += count
            if self._pieces and self._pieces[-1][0] + count <= PIECE:
                before, piece = self._pieces.pop()
                count, text = before + count, piece + b"," + text
            self._pieces.append((count, text))
        while self._pieces and self._count - self._pieces[0][0] >= APPLIED_KEPT:
            self._count -= self._pieces.popleft()[0]

    def learn(self, pairs: Sequence[bytes]) -> None:
        """These are the newest; some of them may be known."""
        if not pairs:
            return
        newest = dict.fromkeys(pairs)
        older = [pair for pair in apart(self.text) if pair not in newest]
        self._pieces.clear()
        self._count = 0
        self.add([*older, *newest])

    def note(self, pairs: Iterable[bytes]) -> bool:
        """These have come at some time, the unknown ones after all that are known; False if there are none."""
        known = set(apart(self.text))
        new = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        self.add(new)
        return bool(new)

    @property
    def text(self) -> str:
        """A JSON array, oldest first."""
        return joined(piece for _, piece in self._pieces)
