"""A film in smaller sizes, in parts (HLS), for slow lines: made where the operator asks for it (``HLS_RENDITIONS``),
when the film can be played already.

Each size is a job of its own, held, begun again (three times at most) and ended with its movie as a movie's processing
is (``processing``). What is made of one stays, whatever becomes of the others.
"""

import logging
import re
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from movies import claims, confined, packing, storage
from movies.confined.answers import Rendered
from movies.models import Movie, Rendition
from watchparty.errors import DomainError

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
# How long a claim lasts, by which a made file is in a bucket.
HELD = timedelta(hours=1)
TRIED_AGAIN = timedelta(minutes=10)
_HEAD = re.compile(r'^#EXT-X-MAP:URI="film\.mp4",BYTERANGE="(\d{1,9})@0"$', re.MULTILINE)
_PART = re.compile(r"^#EXTINF:(\d{1,9}\.\d{6}),\n#EXT-X-BYTERANGE:(\d{1,15})@(\d{1,15})\nfilm\.mp4$", re.MULTILINE)


def make(movie_id: UUID | str) -> None:
    """Make the next size that is due of this movie, if there is one."""
    claimed = _claim(movie_id)
    if claimed is None:
        return
    mine = Rendition.objects.filter(pk=claimed.pk, attempts=claimed.attempts)
    try:
        _finish(mine, *_made(claimed, claims.keeping(lambda: mine, _until, f"size {claimed.side} of movie {movie_id}")))
    except (confined.Refused, confined.Broken) as error:
        logger.warning("Movie %s gets no size %d: %s", movie_id, claimed.side, error)
        # It would end the same way again, unless the disk was full.
        full = isinstance(error, confined.Refused) and error.reason == "no_space"
        _leave(mine, timezone.now() + TRIED_AGAIN if full else None, claimed.attempts if full else MAX_ATTEMPTS)
    except (DomainError, FileNotFoundError) as error:
        logger.warning("Movie %s gets no size %d for now: %s", movie_id, claimed.side, error)
        _leave(mine, timezone.now() + TRIED_AGAIN, claimed.attempts)
    except claims.Cancelled:
        logger.info("Movie %s was deleted while its size %d was made", movie_id, claimed.side)


def unfinished(most: int) -> list[UUID]:
    """Movies that can be played and lack a size that is asked for, the newest first."""
    found = Movie.objects.none()
    for side in settings.HLS_RENDITIONS:
        settled = Rendition.objects.filter(side=side).exclude(_due()).values("movie")
        found = found | _wanted(side).exclude(pk__in=settled)
    return list(found.order_by("-created_at").values_list("pk", flat=True)[:most])


def release_all() -> None:
    """Nobody makes any at present: called when the one worker starts."""
    Rendition.objects.filter(file="").update(held_until=None)


def _wanted(side: int) -> QuerySet[Movie]:
    """Never larger than they are."""
    ready = Movie.objects.filter(status=Movie.Status.READY, url="", width__gte=side, height__gte=side)
    return ready.exclude(file="")


def _due() -> Q:
    free = Q(held_until=None) | Q(held_until__lt=timezone.now())
    return free & Q(file="", attempts__lt=MAX_ATTEMPTS)


@transaction.atomic
def _claim(movie_id: UUID | str) -> Rendition | None:
    """A row of this attempt's own."""
    for side in settings.HLS_RENDITIONS:
        movie = _wanted(side).select_for_update().filter(pk=movie_id).first()
        if movie is None:
            continue
        found, _new = Rendition.objects.get_or_create(movie=movie, side=side)
        mine = Rendition.objects.filter(_due(), pk=found.pk, attempts=found.attempts)
        if mine.update(attempts=F("attempts") + 1, held_until=_until(), progress=0.0):
            found.attempts += 1
            return found
    return None


def _until() -> datetime:
    return timezone.now() + HELD


def _made(wanted: Rendition, keep: packing.Meanwhile) -> tuple[str, Rendered, int, list[list[float]], int]:
    """Its name in the storage, what it is, and as `parts_of` has it; and its bytes."""
    movie, threads = wanted.movie, settings.PROCESSORS
    seconds = movie.duration or 0.0
    with storage.workshop(f"rendition-{wanted.pk}") as folder:
        path = storage.local_copy(movie.file, folder, meanwhile=lambda: keep(None))
        rendered = confined.run(
            "rendition",
            *(str(path), str(folder), str(wanted.side), str(seconds), str(threads)),
            answer=Rendered,
            seconds=packing.encoding_seconds(movie.size or 0, seconds),
            writes=packing.PACKING_MARGIN + int(seconds * packing.ENCODED_BYTES),
            threads=threads,
            meanwhile=keep,
        )
        film = folder / "film.mp4"
        size = film.stat().st_size
        head, parts = parts_of((folder / "film.m3u8").read_text(), size)
        return storage.move_in(film, storage.new_name("renditions", ".mp4")), rendered, head, parts, size


def parts_of(playlist: str, size: int) -> tuple[int, list[list[float]]]:
    """Where the parts lie in a file of ``size`` bytes: how many its head has, and the seconds and bytes of each part.
    Raises confined.Broken for a playlist that says something else."""
    head = _HEAD.search(playlist)
    at = int(head[1]) if head else 0
    parts: list[list[float]] = []
    for seconds, count, start in _PART.findall(playlist):
        if int(start) != at:
            break
        at += int(count)
        parts.append([float(seconds), int(count)])
    if head is None or not parts or at != size:
        raise confined.Broken("the parts are not one after another")
    return int(head[1]), parts


def _leave(mine: QuerySet[Rendition], until: datetime | None, attempts: int) -> None:
    mine.update(held_until=until, progress=None, attempts=attempts)


@transaction.atomic
def _finish(
    mine: QuerySet[Rendition], name: str, rendered: Rendered, head: int, parts: list[list[float]], size: int
) -> None:
    changed = mine.update(
        file=name,
        size=size,
        width=rendered.width,
        height=rendered.height,
        codecs=rendered.codecs,
        head=head,
        parts=parts,
        held_until=None,
        progress=None,
    )
    if not changed:
        storage.discard(name)
