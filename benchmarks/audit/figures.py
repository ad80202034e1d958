"""What is told of the times that were taken."""

import statistics
from collections.abc import Iterator, Mapping, Sequence


def turns(times: int) -> Iterator[bool]:
    """So many of each kind, audited or not, in turn; every second pair the other way round."""
    for number in range(times):
        yield from (True, False) if number % 2 else (False, True)


def added(audited: Sequence[float], plain: Sequence[float]) -> dict[str, float]:
    """Medians of two lists of times in ms, and by which share the first one is above the second."""
    with_it, without = statistics.median(audited), statistics.median(plain)
    return {"with_ms": round(with_it, 3), "without_ms": round(without, 3), "added": round(with_it / without - 1, 3)}


def lag(looks: Sequence[float]) -> dict[str, float]:
    """Of ages in s, one look after another: the median once it has settled, in the second half; the largest of all."""
    settled = looks[len(looks) // 2 :]
    return {"p50": round(statistics.median(settled), 2), "largest": round(max(looks), 2)}


def share(before: Mapping[str, float], after: Mapping[str, float], seconds: float) -> dict[str, float]:
    """Of a core that each process took, by its CPU seconds before and after."""
    return {name: round((after[name] - before[name]) / seconds, 2) for name in before}
