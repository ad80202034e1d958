"""From what each page showed when to how far apart they were. Pure: times are arguments, in ms of one common clock."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

Kind = Literal["play", "pause", "seek"]

SAMPLE_MS = 25
# Pictures further apart in time, or in the film, than this aren't one motion: a standstill or a seek lies between.
MOTION_MS = 120
MOTION_S = 0.3
# A picture that stays for so long is where a pause has ended; a running film of 24 pictures a second changes ten times.
STANDS_MS = 400
# A seek that moves less than this can't be told from playing on.
JUMP_S = 0.4


@dataclass(frozen=True)
class Screen:
    """What one page showed: ``frames`` are (shown at, media time in s), ``places`` (at, position in s, rate)."""

    frames: Sequence[tuple[float, float]]
    places: Sequence[tuple[float, float, float]]
    seeks: int = 0

    def picture_at(self, at: float) -> float | None:
        """Where in the film, s, the eye sees the page; None before the first picture.

        Between two pictures of one motion it is in between: a display shows each at one of its own refreshes, so
        holding the last would tell equal pages a whole picture apart for part of the time.
        """
        index = self._last_by(at)
        if index < 0:
            return None
        shown, media = self.frames[index]
        if index + 1 == len(self.frames):
            return media
        after, next_media = self.frames[index + 1]
        if after - shown > MOTION_MS or not 0 <= next_media - media < MOTION_S:
            return media
        return media + (next_media - media) * (at - shown) / (after - shown)

    def _last_by(self, at: float) -> int:
        return bisect_right(self.frames, (at, math.inf)) - 1

    def place_at(self, at: float) -> float | None:
        """Where the player says it is, s, carried on from the last time it was asked."""
        index = bisect_right(self.places, (at, math.inf, math.inf)) - 1
        if index < 0:
            return None
        then, position, rate = self.places[index]
        return position + rate * (at - then) / 1000

    def effect_of(self, kind: Kind, at: float, end: float) -> float | None:
        """When a command given at ``at`` showed; None if it didn't until ``end``.

        ``play``: the first picture further on. ``seek``: the first that playing on would not have brought.
        ``pause``: the last that came before it stood.
        """
        index = max(0, self._last_by(at))
        seen = [one for one in self.frames[index:] if one[0] <= end]
        if not seen:
            return None
        first_shown, first = seen[0]
        for number, (shown, media) in enumerate(seen):
            following = seen[number + 1][0] if number + 1 < len(seen) else end
            match kind:
                case "play" if media > first and shown > at:
                    return shown
                case "seek" if abs(media - first) > JUMP_S < abs(media - first - (shown - first_shown) / 1000):
                    return shown
                case "pause" if following - shown > STANDS_MS and following > at:
                    return max(shown, at)
        return None


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
