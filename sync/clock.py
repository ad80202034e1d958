"""The room clock, and how far ahead of it a start is scheduled."""

from collections.abc import Callable, Iterable

MARGIN, LEAST, MOST = 0.060, 0.080, 0.500
"""Seconds: added to the longest way to a participant, and the bounds of the sum."""


class RoomClock:
    """Wall-clock seconds that never step: the wall is read once, then only the monotonic clock counts."""

    def __init__(self, wall: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._shift = wall() - monotonic()

    def now(self) -> float:
        return self._shift + self._monotonic()


def lead(downs: Iterable[float | None]) -> float:
    """Seconds from now to a start that the slowest of the connected still hears of in time.

    `downs` are the reported ways from the server in ms, None where nobody reported one.
    """
    known = [down for down in downs if down is not None]
    if not known:
        return 0.0
    return min(MOST, max(LEAST, max(known) / 1000 + MARGIN))
