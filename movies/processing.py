"""From an uploaded file to a movie that plays: the work of one job, bounded in time, safe to begin again.

1. Claim the movie by one conditional UPDATE, so that it is worked on once at a time; a claim runs out by itself.
2. Look into the file in confined processes, pack it anew where browsers need that (``packing``), make a poster, take
   subtitles out. How far that is stands in the movie, which is how the job hears that the movie is deleted, and renews
   its claim.
3. Say ``ready`` or ``failed`` by another conditional UPDATE. If the movie was deleted meanwhile, so is what was made.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from movies import claims, confined, embedded, packing, playable, storage
from movies.confined.answers import Facts
from movies.external.look import look
from movies.models import Movie
from movies.signals import movie_failed, movie_ready
from watchparty.errors import OutOfSpace, Unavailable

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
# Until a movie is tried again whose file can't be had now.
PUT_OFF = timedelta(minutes=2)


class _Failed(Exception):
    """With the text for the uploader."""


@dataclass(frozen=True, slots=True)
class _Result:
    file: str
    poster: str
    plan: playable.Plan
    facts: Facts
    duration: float
    size: int | None
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
    except Unavailable as error:
        # Not the movie's fault, so it doesn't count.
        logger.warning("Movie %s is put off: %s", movie.pk, error)
        _ours(movie).update(held_until=timezone.now() + PUT_OFF, attempts=F("attempts") - 1)
    except claims.Cancelled:
        logger.info("Movie %s was deleted, or begun anew, while it was processed", movie.pk)


def unfinished() -> list[UUID]:
    """Movies whose processing nobody holds, the oldest first: it was never begun, or whoever did is gone."""
    free = Q(held_until=None) | Q(held_until__lt=timezone.now())
    left = Movie.objects.filter(free, status=Movie.Status.PROCESSING).order_by("created_at")
    return list(left.values_list("pk", flat=True))


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
    changes = {"held_until": _until(movie), "progress": None, "attempts": F("attempts") + 1}
    if not found.filter(attempts=movie.attempts).update(**changes):
        return None
    movie.attempts += 1
    return movie


def _ours(movie: Movie) -> QuerySet[Movie]:
    """The movie, as long as it is this attempt's."""
    return Movie.objects.filter(pk=movie.pk, status=Movie.Status.PROCESSING, attempts=movie.attempts)


def _until(movie: Movie) -> datetime:
    """A claim made now outlasts all that is done without a word."""
    silent = packing.PROBE_SECONDS + packing.POSTER_SECONDS + 2 * packing.copying_seconds(movie.size or 0)
    return timezone.now() + timedelta(seconds=2 * silent)


def _keeping(movie: Movie) -> packing.Meanwhile:
    return claims.keeping(lambda: _ours(movie), lambda: _until(movie), f"movie {movie.pk}")


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
        keep = _keeping(movie)
        with storage.workshop(str(movie.pk)) as folder, _told_to_people():
            path = storage.local_copy(movie.file, folder, meanwhile=lambda: keep(None))
            packed = packing.pack(path, folder, meanwhile=keep)
            size = packed.path.stat().st_size
            subtitles: tuple[embedded.Embedded, ...] = ()
            if packed.texts:
                # They lie all over the file, which takes as long to read as a copy of it.
                subtitles = embedded.take_out(path, folder, seconds=packing.copying_seconds(movie.size or 0))
            made.extend(track.file for track in subtitles)
            picture = storage.move_in(packed.poster, storage.new_name("posters", ".jpg"))
            made.append(picture)
            file = movie.file
            if packed.path != path:
                file = storage.move_in(packed.path, storage.new_name("movies", f".{packed.plan.container}"))
                made.append(file)
            storage.label(file, packed.plan.content_type)
            return _Result(
                file=file,
                poster=picture,
                plan=packed.plan,
                facts=packed.facts,
                duration=packed.duration,
                size=size,
                subtitles=subtitles,
            )
    except BaseException:
        storage.discard(*made)
        raise


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
            "too_large": _("Packed for browsers this file became far larger than it should. It seems to be damaged."),
            "no_space": _("There was no room left on the server's disk to process it."),
        }
        raise _Failed(texts[error.reason]) from error
    except confined.Broken as error:
        logger.warning("A confined program broke: %s", error)
        raise _Failed(_("Looking into this file took too much time or memory. It seems to be damaged.")) from error


@transaction.atomic
def _finish(movie: Movie, result: _Result) -> None:
    changed = _ours(movie).update(
        status=Movie.Status.READY,
        error="",
        file=result.file,
        poster=result.poster,
        content_type=result.plan.content_type,
        codecs=result.plan.codecs,
        duration=result.duration,
        width=result.facts.video.width or None,
        height=result.facts.video.height or None,
        size=result.size,
        origins=list(result.origins),
        held_until=None,
        progress=None,
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
    changed = _ours(movie).update(
        status=Movie.Status.FAILED, error=error[:500], file="", held_until=None, progress=None
    )
    if changed:
        storage.discard(movie.file)
        movie_failed.send(Movie, movie_id=str(movie.pk))
