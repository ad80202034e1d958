"""Room on the disk for uploads that are under way.

Each looks at the free space before it begins, but what it saw is no longer free once the others have written theirs:
what they were promised and have not written yet is taken off first.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import gettext as _

from watchparty.errors import OutOfSpace

# An upload lies on the disk twice for a moment: as the request's body, and as the file that was in it.
COPIES = 2
# One that doesn't say how long it is gets room for so many bytes at a time.
STEP = 4 * 1024 * 1024


class Upload:
    """One body: how much of it there is room for, and how much of that has come. In bytes."""

    def __init__(self, space: "IncomingSpace", copies: int) -> None:
        self.space, self.copies, self.granted, self.taken = space, copies, 0, 0

    @property
    def unwritten(self) -> int:
        """What it will write yet."""
        return self.copies * self.granted - self.taken

    def grant(self, size: int) -> None:
        """Promise room for so much more. Raises OutOfSpace."""
        if self.space.promised + self.copies * size > shutil.disk_usage(settings.FILE_UPLOAD_TEMP_DIR).free:
            raise OutOfSpace(_("There is no room left for it on the server's disk."))
        self.granted += size

    def take(self, size: int) -> None:
        """Note that so much has come. Raises OutOfSpace where it goes on beyond what there is room for."""
        while self.taken + size > self.granted:
            self.grant(STEP)
        self.taken += size


class IncomingSpace:
    """All uploads of this process. For one event loop: nothing here waits, so nothing comes between."""

    def __init__(self) -> None:
        self._uploads: set[Upload] = set()

    @property
    def promised(self) -> int:
        return sum(upload.unwritten for upload in self._uploads)

    @contextmanager
    def upload(self, declared: int, copies: int = COPIES) -> Iterator[Upload]:
        """Room for a body of ``declared`` bytes, 0 where it doesn't say, until the end of the block.

        ``copies`` is how often it lies on the disk; a chunk of a resumable upload goes where it stays.

        Raises OutOfSpace, also from the ``take`` of what it yields.
        """
        upload = Upload(self, copies)
        upload.grant(declared)
        self._uploads.add(upload)
        try:
            yield upload
        finally:
            self._uploads.remove(upload)
