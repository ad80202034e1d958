"""Pictures of a film for its seek bar, made when it can be played already: nobody waits for them, and without them it
plays as well.

A job of its own, held and begun again as a movie's processing is (``processing``), three times at most.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from movies import confined, storage
from movies.confined.answers import Sheet
from movies.models import Movie, Previews
from watchparty.errors import DomainError, NotFound

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
SECONDS = 60.0
SHEET_BYTES = 8 * 1024**2
# Beside the making itself: with a bucket the movie is fetched from there first.
HELD = timedelta(seconds=SECONDS) + timedelta(hours=1)
TRIED_AGAIN = timedelta(minutes=10)


def make(movie_id: UUID | str) -> None:
    """Make them, unless that was done, is being done, or was given up."""
    claimed = _claim(movie_id)
    if claimed is None:
        return
    movie, attempt = claimed
    try:
        name, sheet = _made(movie)
    except (confined.Refused, confined.Broken) as error:
        # It would end the same way again.
        logger.warning("No previews of movie %s: %s", movie.pk, error)
        _attempt(movie, attempt).update(held_until=None, attempts=MAX_ATTEMPTS)
    except (DomainError, FileNotFoundError) as error:
        logger.warning("No previews of movie %s for now: %s", movie.pk, error)
        _attempt(movie, attempt).update(held_until=timezone.now() + TRIED_AGAIN)
    else:
        _finish(movie, attempt, name, sheet)


def unfinished(most: int) -> list[UUID]:
    """Movies that can be played and have none, the newest first. After an upgrade that may be all there are."""
    left = _due("previews__") | Q(previews=None)
    ready = Movie.objects.filter(left, status=Movie.Status.READY, url="").exclude(file="")
    return list(ready.order_by("-created_at").values_list("pk", flat=True)[:most])


def release_all() -> None:
    """Nobody makes any at present: called when the one worker starts."""
    Previews.objects.filter(file="").update(held_until=None)


def _due(prefix: str = "") -> Q:
    free = Q(**{f"{prefix}held_until": None}) | Q(**{f"{prefix}held_until__lt": timezone.now()})
    return free & Q(**{f"{prefix}file": "", f"{prefix}attempts__lt": MAX_ATTEMPTS})


@transaction.atomic
def _claim(movie_id: UUID | str) -> tuple[Movie, int] | None:
    """The movie, and the number of this attempt."""
    ready = Movie.objects.select_for_update().filter(pk=movie_id, status=Movie.Status.READY, url="")
    movie = ready.exclude(file="").first()
    if movie is None:
        return None
    previews, _made = Previews.objects.get_or_create(movie=movie)
    mine = _attempt(movie, previews.attempts).filter(_due())
    if not mine.update(attempts=F("attempts") + 1, held_until=timezone.now() + HELD):
        return None
    return movie, previews.attempts + 1


def _attempt(movie: Movie, number: int) -> QuerySet[Previews]:
    return Previews.objects.filter(movie=movie, attempts=number)


def _made(movie: Movie) -> tuple[str, Sheet]:
    with storage.workshop(f"previews-{movie.pk}") as folder:
        path = storage.local_copy(movie.file, folder, meanwhile=lambda: _ensure_there(movie))
        picture = folder / "sheet.jpg"
        arguments = str(path), str(picture), str(movie.duration or 0)
        sheet = confined.run("previews", *arguments, answer=Sheet, seconds=SECONDS, writes=SHEET_BYTES)
        return storage.move_in(picture, storage.new_name("previews", ".jpg")), sheet


def _ensure_there(movie: Movie) -> None:
    if not Movie.objects.filter(pk=movie.pk).exists():
        raise NotFound(f"{movie.pk} was deleted meanwhile")


@transaction.atomic
def _finish(movie: Movie, attempt: int, name: str, sheet: Sheet) -> None:
    changed = _attempt(movie, attempt).update(
        file=name,
        times=sheet.times,
        columns=sheet.columns,
        width=sheet.width,
        height=sheet.height,
        held_until=None,
    )
    if not changed:
        # The movie was deleted meanwhile, or another attempt begun.
        storage.discard(name)
