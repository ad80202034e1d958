"""Google's resumable uploads, of files of any size: what comes is appended to a file, and summed up on its way.

https://cloud.google.com/storage/docs/performing-resumable-uploads
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from pathlib import Path
from typing import IO

import google_crc32c

BLOCK = 1024 * 1024
_SPAN = re.compile(r"bytes (?:(\d+)-\d+|\*)/(?:(\d+)|\*)")


class Misplaced(Exception):
    """A chunk that does not begin where the last one ended, or that does not say where."""


class Session:
    """One upload: what has come lies at ``path``, and was there before if the emulator was started anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._crc32c, self._md5 = 0, hashlib.md5(usedforsecurity=False)
        self._turn = threading.Lock()
        path.touch()
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                self._count(block)

    def take(self, span: str | None, chunk: IO[bytes]) -> bool:
        """Append what comes, which may be nothing, as ``span`` (``Content-Range``; None: it is the whole) says.

        Whether that is all. Raises Misplaced.
        """
        with self._turn:
            found = _SPAN.fullmatch(span or "bytes 0-0/0")
            if found is None or (found[1] and int(found[1]) != self.size):
                raise Misplaced(f"{self.size} bytes are here, Content-Range was {span}")
            with self.path.open("ab") as file:
                while block := chunk.read(BLOCK):
                    file.write(block)
                    self._count(block)
            return found[2] is not None and self.size >= int(found[2])

    def _count(self, block: bytes) -> None:
        self.size += len(block)
        self._crc32c = google_crc32c.extend(self._crc32c, block)
        self._md5.update(block)

    def sums(self) -> dict[str, str]:
        """As an object's resource has them."""
        sums = {"crc32c": self._crc32c.to_bytes(4), "md5Hash": self._md5.digest()}
        return {name: base64.b64encode(value).decode() for name, value in sums.items()}
