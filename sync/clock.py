"""The room clock as one process knows it, and how far ahead of it a start is scheduled.

Every process of a server tells the same room clock: the authority's wall clock plus a shift that they share
(docs/protocol.md). A process' own wall clock counts for nothing; between two samples its monotonic clock runs on.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

MARGIN, LEAST, MOST = 0.060, 0.080, 0.500
"""Seconds: added to the longest way to a participant, and the bounds of the sum."""

KEPT, KEPT_SECONDS = 80, 120.0
"""Samples that are remembered, and for how long."""

DRIFT = 50e-6
"""How fast two quartz clocks drift apart at worst."""

SETTLING = 8
"""So many samples are followed at once; afterwards the clock is slewed."""

SLEW = 0.004
"""Seconds by which one sample may move the clock."""

STEP = 0.100
"""A larger disagreement is no inaccuracy: the authority's clock was set."""


class Sample(NamedTuple):
    """One look at the authority's clock: local monotonic time, the room clock minus it, and half the round trip."""

    at: float
    offset: float
    reach: float


class RoomClock:
    """Wall-clock seconds that never step, whatever the authority's clock does.

    The filter is the players' (static/js/sync/clock.js): no answer comes before it was asked for, so each sample bounds
    the true offset to within half its round trip, and drift widens that with age. What satisfies all bounds is narrower
    than the best single sample.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._samples: deque[Sample] = deque(maxlen=KEPT)
        self._taken = 0
        self._offset: float | None = None
        self._uncertainty = 0.0

    @property
    def known(self) -> bool:
        return self._offset is not None

    @property
    def settled(self) -> bool:
        """From now on the clock is slewed."""
        return self._taken >= SETTLING

    def now(self) -> float:
        assert self._offset is not None, "the room clock has not been sampled"
        return self._offset + self._monotonic()

    def local(self) -> float:
        """The clock that samples are taken by."""
        return self._monotonic()

    def at(self, local: float) -> float:
        """The room clock when the local one stood at `local`."""
        assert self._offset is not None, "the room clock has not been sampled"
        return self._offset + local

    def sample(self, sent: float, received: float, authority: float) -> float:
        """Take in that the authority told `authority` between `sent` and `received` (local monotonic seconds).

        Returns by how much the authority's clock has stepped, almost always 0. Such a sample changes nothing: the step
        is to be taken out of the shared shift, and then the next samples agree again.
        """
        taken = Sample(received, authority - (sent + received) / 2, (received - sent) / 2)
        if self._taken >= SETTLING and (step := self._step(taken)):
            return step
        while self._samples and received - self._samples[0].at > KEPT_SECONDS:
            self._samples.popleft()
        self._samples.append(taken)
        self._taken += 1
        wanted, self._uncertainty = self._narrow(received)
        self._follow(wanted)
        return 0.0

    def _step(self, taken: Sample) -> float:
        assert self._offset is not None
        by = taken.offset - self._offset
        vague = taken.reach + self._uncertainty + (taken.at - self._samples[-1].at) * DRIFT
        return by if abs(by) - vague > STEP else 0.0

    def _narrow(self, now: float) -> tuple[float, float]:
        """The offset that all samples agree on, and how wrong it may be.

        The newest counts first: where older ones contradict it, one of the clocks was slewed or drifts faster than
        thought, and the old are dropped.
        """
        low, high = float("-inf"), float("inf")
        for index in range(len(self._samples) - 1, -1, -1):
            at, offset, reach = self._samples[index]
            reach += (now - at) * DRIFT
            lower, upper = max(low, offset - reach), min(high, offset + reach)
            if lower > upper:
                for _ in range(index + 1):
                    self._samples.popleft()
                break
            low, high = lower, upper
        return (low + high) / 2, (high - low) / 2

    def _follow(self, wanted: float) -> None:
        if self._offset is None or self._taken <= SETTLING:
            self._offset = wanted
        else:
            self._offset += max(-SLEW, min(SLEW, wanted - self._offset))


def lead(downs: Iterable[float | None]) -> float:
    """Seconds from now to a start that the slowest of the connected still hears of in time.

    `downs` are the reported ways from the server in ms, None where nobody reported one.
    """
    known = [down for down in downs if down is not None]
    if not known:
        return 0.0
    return min(MOST, max(LEAST, max(known) / 1000 + MARGIN))
