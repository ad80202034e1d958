"""From an uploaded file to a movie that plays: the work of one job, bounded in time, safe to begin again.

1. Claim the movie by one conditional UPDATE, so that it is worked on once at a time; a claim runs out by itself.
2. Look into the file in confined processes, pack it anew where browsers need that, make a poster, take subtitles out.
3. Say ``ready`` or ``failed`` by another conditional UPDATE. If the movie was deleted meanwhile, so is what was made.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from movies import confined, embedded, playable, storage
from movies.confined.answers import Facts, Made
from movies.containers import matroska_layout, mp4_layout, sniff
from movies.external.look import look
from movies.models import Movie
from movies.signals import movie_failed, movie_ready
from watchparty.errors import OutOfSpace

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
PROBE_SECONDS = 60.0
POSTER_SECONDS = 120.0
# Copying takes as long as the disk does: this many bytes a second at the least.
SLOWEST_DISK = 5 * 1024**2
# What another container may add to a file: indexes, mostly.
PACKING_MARGIN = 64 * 1024**2


class _Failed(Exception):
    """With the text for the uploader."""


@dataclass(frozen=True, slots=True)
class _Result:
    file: str
    poster: str
    plan: playable.Plan
    facts: Facts
    duration: float
    size: int
    origins: tuple[str, ...] = ()
    subtitles: tuple[embedded.Embedded, ...] = ()


def process(movie_id: UUID | str) -> None:
    """Make the movie ready, or failed. Does nothing when that was done, or is being done elsewhere."""
    movie = _claim(movie_id)
    if movie is None:
        return
    try:
        if movie.attempts > MAX_ATTEMPTS:
            raise _Failed(_("Processing this file was given up after %d attempts.") % MAX_ATTEMPTS)
        _finish(movie, _work(movie))
    except _Failed as failed:
        logger.info("Movie %s failed: %s", movie.pk, failed)
        fail(movie, str(failed))


def unfinished() -> list[UUID]:
    """Movies whose processing nobody holds: it was never begun, or whoever did is gone."""
    free = Q(held_until=None) | Q(held_until__lt=timezone.now())
    return list(Movie.objects.filter(free, status=Movie.Status.PROCESSING).values_list("pk", flat=True))


def release_all() -> None:
    """Nobody holds a movie any more: called when the one worker starts."""
    Movie.objects.filter(status=Movie.Status.PROCESSING).update(held_until=None)


def _claim(movie_id: UUID | str) -> Movie | None:
    now = timezone.now()
    free = Q(held_until=None) | Q(held_until__lt=now)
    found = Movie.objects.filter(free, pk=movie_id, status=Movie.Status.PROCESSING)
    movie = found.first()
    if movie is None:
        return None
    until = now + timedelta(seconds=2 * (PROBE_SECONDS + POSTER_SECONDS + 2 * _packing_seconds(movie.size or 0)))
    if not found.filter(attempts=movie.attempts).update(held_until=until, attempts=F("attempts") + 1):
        return None
    movie.attempts += 1
    return movie


def _packing_seconds(size: int) -> float:
    return PROBE_SECONDS + size / SLOWEST_DISK


def _work(movie: Movie) -> _Result:
    return _look_elsewhere(movie) if movie.url else _process_file(movie)


def _look_elsewhere(movie: Movie) -> _Result:
    with _told_to_people():
        found = look(movie.url)
    return _Result(
        file="",
        poster="",
        plan=found.plan,
        facts=found.facts,
        duration=found.duration,
        size=found.size,
        origins=found.origins,
    )


def _process_file(movie: Movie) -> _Result:
    made: list[str] = []
    try:
        with storage.local_copy(movie.file) as path, storage.workshop() as folder, _told_to_people():
            plan, facts, packed = _playable_file(path, folder)
            duration = playable.check_duration(facts.duration)
            poster = folder / "poster.jpg"
            confined.run(
                "poster", str(packed), str(poster), str(duration), answer=Made, seconds=POSTER_SECONDS, writes=2**24
            )
            size = packed.stat().st_size
            subtitles = embedded.take_out(path, folder, seconds=_packing_seconds(movie.size or 0))
            made.extend(track.file for track in subtitles)
            picture = storage.move_in(poster, storage.new_name("posters", ".jpg"))
            made.append(picture)
            file = movie.file
            if packed != path:
                file = storage.move_in(packed, storage.new_name("movies", f".{plan.container}"))
                made.append(file)
            return _Result(
                file=file, poster=picture, plan=plan, facts=facts, duration=duration, size=size, subtitles=subtitles
            )
    except BaseException:
        storage.discard(*made)
        raise


def _playable_file(path: Path, folder: Path) -> tuple[playable.Plan, Facts, Path]:
    """The plan that was followed, the facts of what came out, and where that lies."""
    facts = _probe(path)
    with path.open("rb") as file:
        size = path.stat().st_size
        layout = (mp4_layout if sniff(file.read(64)) == "mp4" else matroska_layout)(file, size)
    plan = playable.plan(facts, layout)
    if not plan.repack:
        return plan, facts, path
    packed = folder / f"movie.{plan.container}"
    arguments = str(path), str(packed), plan.container
    writes = size + size // 8 + PACKING_MARGIN
    confined.run("remux", *arguments, answer=Made, seconds=_packing_seconds(size), writes=writes)
    return plan, _probe(packed), packed


def _probe(path: Path) -> Facts:
    return confined.run("probe", str(path), answer=Facts, seconds=PROBE_SECONDS)


@contextmanager
def _told_to_people() -> Iterator[None]:
    """What goes wrong with a file, in words for the one who uploaded it."""
    try:
        yield
    except playable.Unplayable as error:
        raise _Failed(str(error)) from error
    except OutOfSpace as error:
        raise _Failed(_("There was no room left on the server's disk to process it.")) from error
    except confined.Refused as error:
        logger.info("FFmpeg says: %s", error.detail)
        texts = {
            "unreadable": _("This file can't be read as a movie. It may be damaged, cut off, or something else."),
            "too_many_streams": _("There are too many tracks in this file."),
            "no_video": _("There is no video in this file."),
            "no_picture": _("No picture of its video can be decoded; the file seems to be damaged."),
            "not_copyable": _("This file can't be packed for browsers. Export it as MP4 with H.264 and AAC."),
        }
        raise _Failed(texts[error.reason]) from error
    except confined.Broken as error:
        logger.warning("A confined program broke: %s", error)
        raise _Failed(_("Looking into this file took too much time or memory. It seems to be damaged.")) from error


@transaction.atomic
def _finish(movie: Movie, result: _Result) -> None:
    changed = Movie.objects.filter(pk=movie.pk, status=Movie.Status.PROCESSING, attempts=movie.attempts).update(
        status=Movie.Status.READY,
        error="",
        file=result.file,
        poster=result.poster,
        content_type=result.plan.content_type,
        codecs=result.plan.codecs,
        duration=result.duration,
        width=result.facts.video.width,
        height=result.facts.video.height,
        size=result.size,
        origins=list(result.origins),
        held_until=None,
        ready_at=timezone.now(),
    )
    if not changed:
        made = [result.poster, *(track.file for track in result.subtitles)]
        storage.discard(*made, result.file if result.file != movie.file else "")
        return
    embedded.register(movie, result.subtitles)
    if result.file != movie.file:
        storage.discard(movie.file)
    movie_ready.send(Movie, movie_id=str(movie.pk), duration=result.duration)


@transaction.atomic
def fail(movie: Movie, error: str) -> None:
    """Say why. The file goes: nothing can be done with it."""
    changed = Movie.objects.filter(pk=movie.pk, status=Movie.Status.PROCESSING, attempts=movie.attempts).update(
        status=Movie.Status.FAILED, error=error[:500], file="", held_until=None
    )
    if changed:
        storage.discard(movie.file)
        movie_failed.send(Movie, movie_id=str(movie.pk))
