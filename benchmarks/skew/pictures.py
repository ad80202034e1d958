"""From what each page showed when to how far apart they were. Pure: times are arguments, in ms of one common clock."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

SAMPLE_MS = 25
FRAME_RATE = 30
"""Of the demo clip, whose pictures bear their number."""


@dataclass(frozen=True)
class Screen:
    """What one page showed: ``frames`` are (shown at, media time in s), ``places`` (at, position in s, rate)."""

    frames: Sequence[tuple[float, float]]
    places: Sequence[tuple[float, float, float]]
    seeks: int = 0

    def picture_at(self, at: float) -> float | None:
        """The media time, s, of the picture on screen; None before the first."""
        index = bisect_right(self.frames, (at, math.inf)) - 1
        return None if index < 0 else self.frames[index][1]

    def place_at(self, at: float) -> float | None:
        """Where the player says it is, s, carried on from the last time it was asked."""
        index = bisect_right(self.places, (at, math.inf, math.inf)) - 1
        if index < 0:
            return None
        then, position, rate = self.places[index]
        return position + rate * (at - then) / 1000

    def first_change_after(self, at: float) -> float | None:
        """When the first picture came that was another than the one at ``at``; with none, None."""
        before = self.picture_at(at)
        return next((shown for shown, media in self.frames if shown > at and media != before), None)


@dataclass(frozen=True)
class Spread:
    """Quantiles over all samples and all pairs of pages, ms."""

    samples: int
    p50: float
    p95: float
    largest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread | None":
        if not values:
            return None
        ranked = sorted(values)

        def quantile(share: float) -> float:
            return round(ranked[max(0, math.ceil(share * len(ranked)) - 1)], 1)

        return cls(len(ranked), quantile(0.5), quantile(0.95), quantile(1.0))


def joined(earlier: Screen, later: Screen) -> Screen:
    return Screen([*earlier.frames, *later.frames], [*earlier.places, *later.places], earlier.seeks + later.seeks)


def moved(screen: Screen, by: float) -> Screen:
    """The same on a clock that is ``by`` ms ahead of the page's, in order of time."""
    frames = sorted((shown + by, media) for shown, media in screen.frames)
    return Screen(frames, sorted((at + by, place, rate) for at, place, rate in screen.places), screen.seeks)


def moments(begin: float, end: float) -> list[float]:
    return [begin + step * SAMPLE_MS for step in range(max(0, int((end - begin) // SAMPLE_MS)))]


def pictures_apart(screens: Sequence[Screen], begin: float, end: float) -> Spread | None:
    """By how much the pictures on two screens differed, ms of the film."""
    return _apart([[screen.picture_at(at) for screen in screens] for at in moments(begin, end)])


def timelines_apart(screens: Sequence[Screen], begin: float, end: float) -> Spread | None:
    """The same of the players' positions, which don't move in steps of the display's refresh."""
    return _apart([[screen.place_at(at) for screen in screens] for at in moments(begin, end)])


def _apart(samples: Sequence[Sequence[float | None]]) -> Spread | None:
    differences = [
        abs(one - other) * 1000
        for sample in samples
        for one, other in combinations(sample, 2)
        if one is not None and other is not None
    ]
    return Spread.of(differences)


def frame_number(media_seconds: float) -> int:
    """The number painted into the demo clip's picture."""
    return round(media_seconds * FRAME_RATE)
