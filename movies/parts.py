"""Unfinished uploads on the disk: one file each, whose length is how much has come.

Who writes holds a lock of the system's on the file, which ends with the process: after kill -9 nobody has to free it.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from movies.storage import refusing_without_space
from watchparty.errors import Conflict, NotFound
from watchparty.streamed_body import Body

BLOCK = 1024 * 1024
# Files without an upload are left by who lost a race, or was killed; nobody is still at it after so long.
STRAY_SECONDS = 24 * 3600


def path_of(upload_id: UUID | str) -> Path:
    return settings.UNFINISHED_UPLOADS / f"{upload_id}.part"


def length_of(upload_id: UUID) -> int:
    """How many bytes have come. 0 where there is no file yet."""
    try:
        return path_of(upload_id).stat().st_size
    except FileNotFoundError:
        return 0


@dataclass(frozen=True, slots=True)
class Part:
    """The file of an upload, held by one writer."""

    path: Path
    descriptor: int

    @property
    def length(self) -> int:
        return os.fstat(self.descriptor).st_size

    def head(self, size: int) -> bytes:
        return os.pread(self.descriptor, size, 0)

    def take(self, body: Body, *, first: int, last: int) -> None:
        """Append the bytes of ``body``, ``first`` to ``last`` of the file; those that have come before are passed over.

        What came is kept, and on the disk for good, also when this raises: BodyCut, OutOfSpace, NotFound (the upload
        was called off meanwhile).
        """
        at = first
        try:
            while at <= last and (block := body.read(min(BLOCK, last - at + 1))):
                block = block[: last - at + 1]
                self._append(memoryview(block)[max(0, self.length - at) :])
                at += len(block)
        finally:
            os.fdatasync(self.descriptor)

    def _append(self, block: memoryview) -> None:
        if os.fstat(self.descriptor).st_nlink == 0:
            raise NotFound(_("There is no such upload any more."))
        with refusing_without_space():
            while block:
                block = block[os.write(self.descriptor, block) :]


@contextlib.contextmanager
def held(upload_id: UUID) -> Iterator[Part]:
    """The file of an upload, made if need be. Raises Conflict while another request writes to it, OutOfSpace."""
    path = path_of(upload_id)
    with refusing_without_space():
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            detail = _("Another request is sending this file. Ask how far it got, and go on from there.")
            raise Conflict(detail, code="upload_busy") from None
        yield Part(path, descriptor)
    finally:
        os.close(descriptor)


def sweep(known: Container[str]) -> None:
    """Delete old files that are of none of the ``known`` uploads, given by their ids."""
    for path in settings.UNFINISHED_UPLOADS.glob("*.part"):
        with contextlib.suppress(FileNotFoundError):
            if path.stem not in known and path.stat().st_mtime < time.time() - STRAY_SECONDS:
                path.unlink()
