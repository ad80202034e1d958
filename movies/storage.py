"""Where movies, posters and subtitles are kept: Django's storage called ``media``, local files or a bucket.

The rest of the app knows names only, which are unguessable and never made from what a user sent.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils.translation import gettext as _

from movies.two_places import TwoPlaces
from watchparty.errors import NO_SPACE, OutOfSpace

if TYPE_CHECKING:
    from movies.bucket import BucketStorage

# Left behind by a process that was killed; an upload or a job never takes as long.
LEFTOVER_SECONDS = 24 * 3600


class Moved(File):  # type: ignore[type-arg]
    """A finished file on the disk. Local storage moves what has ``temporary_file_path``, instead of copying it."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def media() -> Storage:
    return storages["media"]


def new_name(kind: str, suffix: str) -> str:
    """An unguessable name, in one of 256 folders. ``suffix`` with its dot."""
    token = secrets.token_urlsafe(24)
    return f"{kind}/{secrets.token_hex(1)}/{token}{suffix}"


def keep(content: File[Any], name: str) -> str:
    """Store an uploaded file, or a File of any kind, under that name. Raises OutOfSpace; then nothing is left there."""
    with refusing_without_space():
        return media().save(name, content)


def move_in(path: Path, name: str) -> str:
    """Store the file at ``path``, which is gone afterwards."""
    with path.open("rb") as file:
        kept = keep(Moved(file, name=str(path)), name)
    path.unlink(missing_ok=True)
    return kept


@contextlib.contextmanager
def refusing_without_space() -> Iterator[None]:
    """Say OutOfSpace where the system says that the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise OutOfSpace(_("There is no room left for it on the server's disk.")) from error
        raise


def local_copy(name: str, folder: Path, *, meanwhile: Callable[[], object]) -> Path:
    """A path of the file for a job to read: where it lies, or a copy in ``folder`` of one that lies in a bucket.

    ``meanwhile`` is called every so often; what it raises ends the copying. Raises OutOfSpace, Unavailable,
    FileNotFoundError.
    """
    bucket = bucket_of(name)
    if bucket is None:
        return Path(media().path(name))
    path = folder / "copy"
    with refusing_without_space():
        bucket.download(name, path, meanwhile=meanwhile)
    return path


def label(name: str, content_type: str) -> None:
    """Say what the file is, where a bucket tells it to who downloads it. Raises Unavailable."""
    if (bucket := bucket_of(name)) is not None:
        bucket.label(name, content_type)


def places() -> TwoPlaces | None:
    """Disk and bucket, if there is a bucket."""
    both = media()
    return both if isinstance(both, TwoPlaces) else None


def bucket_of(name: str) -> BucketStorage | None:
    """The bucket that the file lies in; None for one on the disk."""
    both = places()
    return both.bucket if both is not None and both.in_bucket(name) else None


def bucket() -> BucketStorage | None:
    """The bucket that new files go to, if there is one."""
    both = places()
    return None if both is None else both.bucket


@contextlib.contextmanager
def workshop(job: str = "") -> Iterator[Path]:
    """A folder on the media's disk for files in the making; gone afterwards, with what is still in it.

    What an earlier try at the same ``job`` left when it was killed goes first: it may fill the disk.
    """
    for left in Path(settings.FILE_UPLOAD_TEMP_DIR).glob(f"job-{job}-*") if job else ():
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"job-{job}-", dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        yield Path(folder)


def discard(*names: str) -> None:
    """Delete these files once the running transaction is through."""

    def delete() -> None:
        for name in filter(None, names):
            media().delete(name)

    transaction.on_commit(delete, robust=True)


def sweep_leftovers() -> int:
    """Delete what killed processes left where files are made. How many there were."""
    swept = 0
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime > time.time() - LEFTOVER_SECONDS:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
            swept += 1
    return swept
