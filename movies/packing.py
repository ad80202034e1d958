"""From an uploaded file to one that browsers play, as it is, packed anew, or with other codecs; and its poster."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from movies import confined, playable
from movies.confined.answers import Facts, Made
from movies.containers import layout

PROBE_SECONDS = 60.0
POSTER_SECONDS = 120.0
# Copying takes as long as the disk does: this many bytes a second at the least.
SLOWEST_DISK = 5 * 1024**2
# Encoding a movie may take this many times its length, but a job never takes longer than the second.
SLOWEST_ENCODER = 8.0
ENCODE_SECONDS = 12 * 3600.0
# What another container may add to a file: indexes, mostly.
PACKING_MARGIN = 64 * 1024**2
# What a second of a movie that was made anew takes at the most: what the encoder is told, and as much again.
ENCODED_BYTES = 2 * 1024**2

# Each takes memory, and so many wait for each other.
MOST_THREADS = 16

Meanwhile = Callable[[float | None], None]


@dataclass(frozen=True, slots=True)
class Packed:
    """The file that browsers play, the plan that it was made by, what it holds, and how long it is, in seconds.

    ``texts``: how many tracks of subtitles the file had that it was made of.
    """

    path: Path
    plan: playable.Plan
    facts: Facts
    duration: float
    poster: Path
    texts: int


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
    poster = folder / "poster.jpg"
    if not plan.repack:
        duration = playable.check_duration(facts.duration)
        arguments = str(path), str(poster), str(duration)
        confined.run("poster", *arguments, answer=Made, seconds=POSTER_SECONDS, writes=2**24)
        return Packed(path, plan, facts, duration, poster, facts.texts)
    packed = folder / f"movie.{plan.container}"
    if plan.encode:
        made = _transcode(path, packed, poster, plan, facts, size=size, meanwhile=meanwhile)
    else:
        made = confined.run(
            "remux",
            *(str(path), str(packed), plan.container, str(poster)),
            answer=Facts,
            seconds=copying_seconds(size) + POSTER_SECONDS,
            writes=size + size // 8 + PACKING_MARGIN,
            meanwhile=meanwhile,
        )
    return Packed(packed, plan, made, playable.check_duration(made.duration), poster, facts.texts)


def _transcode(
    path: Path, packed: Path, poster: Path, plan: playable.Plan, facts: Facts, *, size: int, meanwhile: Meanwhile
) -> Facts:
    seconds = facts.duration if facts.duration is not None else playable.MAX_DURATION
    threads = min(settings.PROCESSORS, MOST_THREADS)
    return confined.run(
        "transcode",
        *(str(path), str(packed), plan.container),
        *("encode" if wanted else "copy" for wanted in (plan.encode_video, plan.encode_audio)),
        *(str(facts.duration or 0), str(threads), str(poster)),
        answer=Facts,
        seconds=encoding_seconds(size, seconds) + POSTER_SECONDS,
        writes=PACKING_MARGIN + (0 if plan.encode_video else size) + int(seconds * ENCODED_BYTES),
        threads=threads,
        meanwhile=meanwhile,
    )


def _probe(path: Path) -> Facts:
    return confined.run("probe", str(path), answer=Facts, seconds=PROBE_SECONDS)
