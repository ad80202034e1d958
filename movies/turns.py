"""How much of people's own files, pictures and subtitles, a web process reads at once.

Any of them may keep a processor busy until it is ended, so no more take their turn than there are processors. Who comes
then waits.
"""

import contextlib
import threading
from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from watchparty.errors import Unavailable

WAITING_SECONDS = 10.0
_turns = threading.BoundedSemaphore(settings.PROCESSORS)


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """Take one. Raises Unavailable when it doesn't come for so long."""
    if not _turns.acquire(timeout=WAITING_SECONDS):
        raise Unavailable(_("Too many files are being read at once. Try again in a moment."))
    try:
        yield
    finally:
        _turns.release()
