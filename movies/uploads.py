"""Resumable uploads: begun with a name and a size, sent in chunks, gone on with after any interruption.

1. ``begin`` makes the movie (``uploading``) and the upload. With a bucket, the chunks go to a session there, and
   ``movies.completion`` does the rest.
2. ``receive`` appends each chunk to the upload's file, under its lock. What has come is what lies on the disk.
3. With the last byte the file is moved in, and the movie is ``processing``, as after any other upload. Whatever
   interrupts that, the next request finds the file in either place and does the rest.
"""

from pathlib import PurePath
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from movies import parts, quotas, storage, tasks
from movies.containers import HEAD_BYTES, sniff
from movies.content_range import Chunk
from movies.expiry import LIFETIME
from movies.models import Movie, Upload
from movies.services import NOT_A_MOVIE, SUFFIX
from movies.signals import movie_created, upload_cancelled, upload_started
from watchparty.errors import Conflict, Forbidden, Invalid, NotFound, OutOfSpace
from watchparty.streamed_body import Body

CHUNK_BYTES = 8 * 1024 * 1024
"""What clients are told to send at a time."""


def begin(
    *, by: User, filename: str, size: int, content_type: str = "", title: str = "", origin: str | None = None
) -> Upload:
    """Announce a file of ``size`` bytes. ``origin`` is the page's that will send it, if a page will.

    Raises Forbidden (guests), TooLarge, OutOfSpace (disk, quota), Unavailable (the bucket).
    """
    if by.is_guest:
        raise Forbidden(_("Guests can't upload movies. Make an account first."), code="guest")
    quotas.ensure_size(size)
    name, bucket = storage.new_name("movies", ""), storage.bucket()
    if bucket is None:
        quotas.ensure_disk(size)
    session = "" if bucket is None else bucket.open_session(name, size=size, origin=origin)
    shown = _shown(filename)
    with transaction.atomic():
        quotas.ensure_room(by, size)
        movie = Movie.objects.create(
            owner=by,
            title=(title or PurePath(shown).stem or shown)[:200],
            original_name=shown,
            status=Movie.Status.UPLOADING,
            size=size,
        )
        upload = Upload.objects.create(
            movie=movie,
            name=name,
            session=session,
            content_type=content_type,
            size=size,
            expires_at=timezone.now() + LIFETIME,
        )
        upload_started.send(Movie, movie=movie, by=by)
    return upload


def _shown(filename: str) -> str:
    """A file's name as it may be shown: without folders, without what can't be printed."""
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable()).strip()[:255] or _("movie")


def unfinished(user: User) -> QuerySet[Upload]:
    """The user's uploads that can be gone on with, newest first."""
    return _living(user).filter(finished_at=None)


def get(*, user: User, upload_id: UUID) -> Upload:
    """Raises NotFound, also for one of somebody else's, and for one that has expired."""
    upload = _living(user).filter(pk=upload_id).first()
    if upload is None:
        raise NotFound(_("There is no such upload: it was called off, has expired, or never was."))
    return upload


def _living(user: User) -> QuerySet[Upload]:
    return Upload.objects.filter(movie__owner=user, expires_at__gt=timezone.now()).select_related("movie")


def offset(upload: Upload) -> int:
    """How many bytes have come."""
    if upload.session and not upload.finished_at:
        return upload.offset
    return upload.size if upload.finished_at or _moved(upload) else parts.length_of(upload.pk)


def receive(*, upload: Upload, chunk: Chunk | None, body: Body) -> Upload:
    """Take a chunk, None for none, and finish the upload if nothing is missing. The upload as it is then.

    Raises Conflict (a chunk beyond what has come: ``upload_gap``; two at once: ``upload_busy``), NotFound, OutOfSpace,
    BodyCut (what came is kept), Invalid naming ``file`` (plainly not a movie; the upload is over, nothing is kept).
    """
    with parts.held(upload.pk) as part:
        upload = _again(upload, part)
        if upload.finished_at:
            return upload
        if _moved(upload) is None:
            before = part.length
            if chunk is not None:
                if chunk.first > before:
                    detail = _("%(have)d bytes have come: the next chunk begins there, not at %(first)d.")
                    raise Conflict(detail % {"have": before, "first": chunk.first}, code="upload_gap")
                _prolong(upload)
                part.take(body, first=chunk.first, last=chunk.last)
            _ensure_movie(upload, part, before)
            if part.length < upload.size:
                return upload
        return _finish(upload, part)


def _again(upload: Upload, part: parts.Part) -> Upload:
    """As it is now that nobody else writes to it: it may have been finished, or called off."""
    found = Upload.objects.select_related("movie__owner").filter(pk=upload.pk).first()
    if found is None or found.finished_at or _moved(found):
        part.path.unlink(missing_ok=True)
    if found is None:
        raise NotFound(_("There is no such upload any more."))
    return found


def _prolong(upload: Upload) -> None:
    Upload.objects.filter(pk=upload.pk).update(expires_at=timezone.now() + LIFETIME)
    # A chunk may take hours; a database connection must not. (Within a transaction: in tests.)
    if not connection.in_atomic_block:
        connection.close()


def _ensure_movie(upload: Upload, part: parts.Part, before: int) -> None:
    """As soon as its head has come, not after gigabytes."""
    needed = min(HEAD_BYTES, upload.size)
    if before < needed <= part.length and sniff(part.head(HEAD_BYTES)) is None:
        cancel(by=upload.movie.owner, upload=upload)
        raise Invalid(str(NOT_A_MOVIE), field="file")


def _moved(upload: Upload) -> str | None:
    """The name in the media storage, if the file is there already."""
    names = (upload.name + suffix for suffix in SUFFIX.values())
    return next((name for name in names if storage.media().exists(name)), None)


def _finish(upload: Upload, part: parts.Part) -> Upload:
    name = _moved(upload)
    if name is None:
        family = sniff(part.head(HEAD_BYTES))
        assert family is not None  # by _ensure_movie
        name = storage.move_in(part.path, upload.name + SUFFIX[family])
    try:
        return hand_over(upload, name)
    except OperationalError as error:
        if "disk is full" not in str(error):
            raise
        raise OutOfSpace(_("There is no room left for it on the server's disk.")) from error


@transaction.atomic
def hand_over(upload: Upload, name: str) -> Upload:
    """The file of that name is the movie's now, which is processed. Raises NotFound (called off meanwhile)."""
    movie = Movie.objects.select_for_update().select_related("owner").filter(pk=upload.movie_id).first()
    if movie is None:
        storage.media().delete(name)
        raise NotFound(_("There is no such upload any more."))
    if movie.status != Movie.Status.UPLOADING:
        upload.refresh_from_db()
        return upload
    movie.file, movie.status = name, Movie.Status.PROCESSING
    movie.save(update_fields=["file", "status"])
    upload.movie, upload.finished_at = movie, timezone.now()
    upload.save(update_fields=["finished_at"])
    movie_created.send(Movie, movie=movie, by=movie.owner)
    # Should the queue be out of order, the worker finds the movie by its status later.
    transaction.on_commit(lambda: tasks.process_movie(str(movie.pk)), robust=True)
    return upload


def cancel(*, by: User, upload: Upload) -> None:
    """Call it off: the movie and what has come of it go. Raises Conflict for one that is finished."""
    with transaction.atomic():
        movie = Movie.objects.select_for_update().filter(pk=upload.movie_id).first()
        if movie is None:
            return
        if movie.status != Movie.Status.UPLOADING:
            raise Conflict(_("This upload is finished. Delete the movie instead."), code="upload_finished")
        upload_cancelled.send(Movie, movie=movie, by=by)
        movie.delete()


def discard_file(upload: Upload) -> None:
    """Delete what has come of it, once the transaction is through. The file of a finished one is its movie's."""
    if upload.session and not upload.finished_at:
        if (bucket := storage.bucket()) is not None:
            transaction.on_commit(lambda: bucket.end_session(upload.session), robust=True)
        storage.discard(upload.name)
        return
    part, name = parts.path_of(upload.pk), "" if upload.finished_at else _moved(upload)
    transaction.on_commit(lambda: part.unlink(missing_ok=True), robust=True)
    storage.discard(name or "")
