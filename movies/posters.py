"""A poster that the owner of a movie chose, in place of the one that was taken from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from movies import given, storage
from movies.access import require_owner
from movies.models import Movie
from movies.signals import poster_replaced
from watchparty.errors import Conflict, TooLarge

SECONDS = 20.0
MEMORY_BYTES = 1024**3
MOST_WRITTEN = 4 * 1024**2


def replace(*, by: User, movie: Movie, upload: UploadedFile[Any]) -> Movie:
    """``upload`` becomes the movie's poster: JPEG, PNG or WebP, made anew as JPEG of 640 × 960 pixels at the most.

    Raises Forbidden (not the owner's), Conflict (it can't be played), Invalid naming ``file``, TooLarge, OutOfSpace,
    Unavailable (too many at once); then the movie keeps the one that it had.
    """
    require_owner(by, movie)
    if (upload.size or 0) > settings.BODY_MAX_BYTES:
        raise TooLarge(_("A poster may have %d bytes at most.") % settings.BODY_MAX_BYTES, field="file")
    with storage.workshop() as folder:
        name = storage.move_in(_made_anew(upload, folder), storage.new_name("posters", ".jpg"))
    try:
        return _hang(by=by, movie=movie, name=name)
    except BaseException:
        storage.media().delete(name)
        raise


@transaction.atomic
def _hang(*, by: User, movie: Movie, name: str) -> Movie:
    movie = Movie.objects.select_for_update().get(pk=movie.pk)
    if movie.status != Movie.Status.READY:
        # While it is processed it gets one of its own.
        raise Conflict(_("Only a movie that is ready can get another poster."))
    storage.discard(movie.poster)
    movie.poster = name
    movie.save(update_fields=["poster"])
    poster_replaced.send(Movie, movie=movie, by=by)
    return movie


def _made_anew(upload: UploadedFile[Any], folder: Path) -> Path:
    made = folder / "poster.jpg"
    given.made_anew(
        upload,
        made,
        "still",
        refusals={
            "no_picture": _("This is no picture that can be read. Expected JPEG, PNG or WebP."),
            "too_large": _("This picture has too many pixels."),
        },
        too_much=_("Reading this picture took too much time or memory."),
        seconds=SECONDS,
        writes=MOST_WRITTEN,
        memory=MEMORY_BYTES,
    )
    return made
