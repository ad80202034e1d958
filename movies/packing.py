"""From an uploaded file to one that browsers play: as it is, packed anew, or with other codecs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from movies import confined, playable
from movies.confined.answers import Facts, Made
from movies.containers import layout

PROBE_SECONDS = 60.0
# Copying takes as long as the disk does: this many bytes a second at the least.
SLOWEST_DISK = 5 * 1024**2
# Encoding a movie may take this many times its length, but a job never takes longer than the second.
SLOWEST_ENCODER = 8.0
ENCODE_SECONDS = 12 * 3600.0
# What another container may add to a file: indexes, mostly.
PACKING_MARGIN = 64 * 1024**2
# What a second of a movie that was made anew takes at the most: what the encoder is told, and as much again.
ENCODED_BYTES = 2 * 1024**2

Meanwhile = Callable[[float | None], None]


@dataclass(frozen=True, slots=True)
class Packed:
    """The file that browsers play, the plan that it was made by, and what it holds."""

    path: Path
    plan: playable.Plan
    facts: Facts


def copying_seconds(size: int) -> float:
    """For a file of ``size`` bytes."""
    return PROBE_SECONDS + size / SLOWEST_DISK


def encoding_seconds(size: int, duration: float) -> float:
    """For a file of ``size`` bytes that plays for ``duration`` seconds."""
    return min(ENCODE_SECONDS, copying_seconds(size) + duration * SLOWEST_ENCODER)


def pack(path: Path, folder: Path, *, meanwhile: Meanwhile) -> Packed:
    """The file at ``path`` itself, or a new one in ``folder``.

    ``meanwhile`` is called as by `confined.run`. Raises playable.Unplayable, confined.Refused, confined.Broken.
    """
    facts = _probe(path)
    with path.open("rb") as file:
        size = path.stat().st_size
        plan = playable.plan(facts, layout(file, size))
    if not plan.repack:
        return Packed(path, plan, facts)
    packed = folder / f"movie.{plan.container}"
    if plan.encode:
        _transcode(path, packed, plan, facts, size=size, meanwhile=meanwhile)
    else:
        confined.run(
            "remux",
            *(str(path), str(packed), plan.container),
            answer=Made,
            seconds=copying_seconds(size),
            writes=size + size // 8 + PACKING_MARGIN,
            meanwhile=meanwhile,
        )
    return Packed(packed, plan, _probe(packed))


def _transcode(path: Path, packed: Path, plan: playable.Plan, facts: Facts, *, size: int, meanwhile: Meanwhile) -> None:
    seconds = facts.duration if facts.duration is not None else playable.MAX_DURATION
    threads = settings.PROCESSORS
    confined.run(
        "transcode",
        *(str(path), str(packed), plan.container),
        *("encode" if wanted else "copy" for wanted in (plan.encode_video, plan.encode_audio)),
        *(str(facts.duration or 0), str(threads)),
        answer=Made,
        seconds=encoding_seconds(size, seconds),
        writes=PACKING_MARGIN + (0 if plan.encode_video else size) + int(seconds * ENCODED_BYTES),
        threads=threads,
        meanwhile=meanwhile,
    )


def _probe(path: Path) -> Facts:
    return confined.run("probe", str(path), answer=Facts, seconds=PROBE_SECONDS)
