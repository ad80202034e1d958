"""How the server's processes fare meanwhile: their memory, and what they log."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

MOST_GROWTH = 0.05
"""Of a web process' memory, from the middle of a soak to its end."""
LEAST_GROWTH_KB = 4096
"""What is less is no drift: an allocator takes memory in blocks."""
JUDGED_FROM = 30
"""Samples in the second half; over fewer a slope says nothing."""

_LINE = re.compile(r"^\d{4}-\d\d-\d\d \S+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) +([^:]+): (.*)")
_PARTICULAR = re.compile(r"\S*[0-9/]\S*")
"""A number or a path."""


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in tree(int(child)))]


def resident(pid: int) -> int:
    """VmRSS in KB."""
    return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0])


def growth(samples: Sequence[int]) -> float:
    """What a straight line through the second half of them gains from its middle to its end, twice: over that half."""
    half = samples[len(samples) // 2 :]
    middle, mean = (len(half) - 1) / 2, sum(half) / len(half)
    spread = sum((number - middle) ** 2 for number in range(len(half)))
    slope = sum((number - middle) * (value - mean) for number, value in enumerate(half)) / spread if spread else 0.0
    return slope * (len(half) - 1)


def drifts(samples: Sequence[int]) -> bool:
    """Whether that process' memory grows without end, as far as so many samples can tell."""
    half = len(samples) - len(samples) // 2
    return half >= JUDGED_FROM and growth(samples) > max(LEAST_GROWTH_KB, MOST_GROWTH * samples[len(samples) // 2])


def complaints(log: str) -> tuple[Counter[str], Counter[str]]:
    """Warnings, and errors (any traceback is one), by who logged them and how they begin, without
    what is particular to one."""
    warnings: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for line in log.splitlines():
        if found := _LINE.match(line):
            level, name, message = found.groups()
            if level in ("WARNING", "ERROR", "CRITICAL"):
                told = f"{name}: {_PARTICULAR.sub('…', message)[:80]}"
                (warnings if level == "WARNING" else errors)[told] += 1
        elif line.startswith("Traceback"):
            errors["a traceback"] += 1
    return warnings, errors
