"""How an uploaded file gets onto the disk (``settings.FILE_UPLOAD_HANDLERS``)."""

import contextlib
from typing import Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.utils.translation import gettext as _

from watchparty.errors import NO_SPACE, OutOfSpace


class DiskUploadHandler(TemporaryFileUploadHandler):
    """Streams to a temporary file, as Django's does, and on a full disk takes it away at once and says OutOfSpace."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        with self._cleaning_up():
            return super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> Any:
        # Its seek writes what was still buffered.
        with self._cleaning_up():
            return super().file_complete(file_size)

    @contextlib.contextmanager
    def _cleaning_up(self) -> Any:
        try:
            yield
        except OSError as error:
            # Closing deletes it, and fails again at what is still buffered.
            with contextlib.suppress(OSError):
                self.file.close()
            if error.errno not in NO_SPACE:
                raise
            raise OutOfSpace(_("There is no room left for it on the server's disk.")) from error
