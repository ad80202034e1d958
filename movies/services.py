"""Writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from movies import processing, quotas, storage, tasks
from movies.access import require_owner
from movies.containers import HEAD_BYTES, Family, sniff
from movies.external import addresses
from movies.models import Movie, Subtitle
from movies.signals import movie_created, movie_deleted, movie_linked, movie_renamed, movie_restarted
from watchparty.errors import Conflict, Forbidden, Invalid, OutOfSpace

TAKEN_UP_SECONDS = 600
"""How long an import waits for a worker that was quicker."""

SUFFIX: dict[Family, str] = {"mp4": ".mp4", "matroska": ".mkv", "avi": ".avi"}
NOT_A_MOVIE = gettext_lazy("This is not a movie file that can be played here. Expected MP4, MOV, MKV, WebM or AVI.")


@dataclass(frozen=True, slots=True)
class SubtitleFile:
    """A WebVTT file on this machine. ``language`` by BCP 47."""

    path: Path
    language: str
    label: str


def create_from_upload(*, by: User, title: str, upload: UploadedFile[Any]) -> Movie:
    """A movie from a file that was just received; it is processed in the background.

    Raises Forbidden (guests), Invalid naming ``file`` (plainly not a movie), OutOfSpace (disk, quota); then nothing is
    kept.
    """
    if by.is_guest:
        raise Forbidden(_("Guests can't upload movies. Make an account first."))
    return _create(owner=by, title=title, content=upload, original_name=upload.name or "", limited=True)


def create_from_url(*, by: User, title: str, url: str, enqueue: bool = True) -> Movie:
    """A movie that lies elsewhere and is played from there. What lies there is looked at in the background.

    Not in the request: a slow server would hold a web thread for as long as it likes to. Raises Forbidden (guests),
    Invalid naming ``url`` (nothing that could be asked for).
    """
    if by.is_guest:
        raise Forbidden(_("Guests can't add movies. Make an account first."))
    try:
        found = addresses.place(url)
    except addresses.Unacceptable as error:
        raise Invalid(str(error), field="url") from error
    with transaction.atomic():
        movie = Movie.objects.create(owner=by, title=title[:200], url=found.url)
        movie_linked.send(Movie, movie=movie, by=by)
        if enqueue:
            transaction.on_commit(lambda: tasks.process_movie(str(movie.pk)), robust=True)
    return movie


def import_url(*, owner: User, url: str, title: str = "") -> Movie:
    """A movie that lies elsewhere. It is ready, or failed, on return. Raises Invalid, Forbidden."""
    movie = create_from_url(by=owner, title=title or addresses.file_name(url), url=url, enqueue=False)
    _see_through(movie)
    return movie


def import_file(
    *, owner: User, path: Path, title: str = "", subtitles: Sequence[SubtitleFile] = (), process_now: bool = True
) -> Movie:
    """A movie from a file on this machine, which is copied. With ``process_now`` it is ready, or failed, on return."""
    with path.open("rb") as file:
        movie = _create(
            owner=owner,
            title=title or path.stem,
            content=File(file, name=path.name),
            original_name=path.name,
            enqueue=not process_now,
        )
    for subtitle in subtitles:
        add_subtitle(movie=movie, subtitle=subtitle)
    if process_now:
        _see_through(movie)
    return movie


def _see_through(movie: Movie) -> None:
    """Process it here, or wait for the worker: one that starts just now takes up whatever it finds."""
    deadline = monotonic() + TAKEN_UP_SECONDS
    while True:
        processing.process(movie.pk)
        movie.refresh_from_db()
        if movie.status == Movie.Status.READY:
            transaction.on_commit(lambda: tasks.make_previews(str(movie.pk)), robust=True)
        if movie.status != Movie.Status.PROCESSING or monotonic() > deadline:
            return
        sleep(0.2)


def _create(
    *,
    owner: User,
    title: str,
    content: File[Any],
    original_name: str,
    enqueue: bool = True,
    limited: bool = False,
) -> Movie:
    """``limited``: within the quotas."""
    family = _family(content)
    size = content.size
    name = storage.keep(content, storage.new_name("movies", SUFFIX[family]))
    try:
        with transaction.atomic():
            if limited:
                quotas.ensure_room(owner, size)
            movie = Movie.objects.create(
                owner=owner, title=title[:200], original_name=original_name[:255], file=name, size=size
            )
            movie_created.send(Movie, movie=movie, by=owner)
            if enqueue:
                # Should the queue be out of order, the worker finds the movie by its status later.
                transaction.on_commit(lambda: tasks.process_movie(str(movie.pk)), robust=True)
    except BaseException as error:
        storage.media().delete(name)
        if isinstance(error, OperationalError) and "disk is full" in str(error):
            raise OutOfSpace(_("There is no room left for it on the server's disk.")) from error
        raise
    return movie


def _family(content: File[Any] | IO[bytes]) -> Family:
    content.seek(0)
    family = sniff(content.read(HEAD_BYTES))
    content.seek(0)
    if family is None:
        raise Invalid(str(NOT_A_MOVIE), field="file")
    return family


def add_subtitle(*, movie: Movie, subtitle: SubtitleFile) -> Subtitle:
    """Keep a copy of a WebVTT file as a track of the movie."""
    with subtitle.path.open("rb") as file:
        name = storage.keep(File(file), storage.new_name("subtitles", ".vtt"))
    return Subtitle.objects.create(movie=movie, language=subtitle.language, label=subtitle.label, file=name)


def rename(*, by: User, movie: Movie, title: str) -> Movie:
    require_owner(by, movie)
    with transaction.atomic():
        movie.title = title
        movie.save(update_fields=["title"])
        movie_renamed.send(Movie, movie=movie, by=by)
    return movie


def delete(*, by: User, movie: Movie) -> None:
    """The movie, its poster and subtitles. Their files go when the transaction is through (``receivers``)."""
    require_owner(by, movie)
    with transaction.atomic():
        # Read again under the lock: a job may have given it another file meanwhile.
        movie = Movie.objects.select_for_update().get(pk=movie.pk)
        movie_deleted.send(Movie, movie=movie, by=by)
        movie.delete()


def process_again(*, by: User, movie: Movie) -> None:
    """Begin anew with a movie whose processing hangs. Raises Forbidden; Conflict when it isn't being processed."""
    require_owner(by, movie)
    with transaction.atomic():
        # Whoever holds it still will find that the attempt is no longer its own.
        if not Movie.objects.filter(pk=movie.pk, status=Movie.Status.PROCESSING).update(held_until=None):
            raise Conflict(_("Only a movie that is being processed can be begun anew; a failed one is uploaded again."))
        movie_restarted.send(Movie, movie=movie, by=by)
        transaction.on_commit(lambda: tasks.process_movie(str(movie.pk)), robust=True)
