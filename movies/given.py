"""A picture or subtitles that somebody gave, made anew from what strangers sent.

Any of them may keep a processor busy until it is ended, so a web process reads no more of them at once than there are
processors. Who comes then waits for a turn.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from movies import confined, storage
from movies.confined.answers import Made
from watchparty.errors import Invalid, Unavailable

WAITING_SECONDS = 10.0
_turns = threading.BoundedSemaphore(settings.PROCESSORS)


def made_anew(
    upload: UploadedFile[Any],
    made: Path,
    program: str,
    *arguments: str,
    refusals: Mapping[str, str],
    too_much: str,
    **limits: Any,
) -> None:
    """Have the confined program write ``made`` from the upload. ``limits`` are those of ``confined.run``.

    Raises Invalid naming ``file``, with the text of ``refusals`` for the program's reason, or ``too_much`` if it took
    too much time or memory; OutOfSpace; Unavailable when no turn comes.
    """
    source = made.with_name("given")
    with storage.refusing_without_space(), source.open("wb") as file:
        file.writelines(upload.chunks())
    try:
        with _turn():
            confined.run(program, str(source), str(made), *arguments, answer=Made, **limits)
    except confined.Refused as refused:
        raise Invalid(refusals[refused.reason], field="file") from refused
    except confined.Broken as error:
        raise Invalid(too_much, field="file") from error


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=WAITING_SECONDS):
        raise Unavailable(_("Too many files are being read at once. Try again in a moment."))
    try:
        yield
    finally:
        _turns.release()
