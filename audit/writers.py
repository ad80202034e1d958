"""Who numbers the rows of the outbox: a writer for each thread at a time, handed on when the thread has ended.

Under ASGI each request is a thread of its own. Were it a writer of its own too, hardly any row would have another after
it whose number shows that it was removed.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

LONGEST_PAUSE = timedelta(days=1)
"""After which one ends: what it wrote before that may have gone, for its age (`audit.retention`)."""
_LONGEST_SECONDS = LONGEST_PAUSE.total_seconds()


class Writer:
    """``given`` is the last number that it gave, ``committed`` the last that it saw committed."""

    def __init__(self) -> None:
        self.id, self.given, self.committed = uuid4(), 0, 0
        self.at = time.time()
        self._process, self._era = os.getpid(), _era

    def goes_on(self) -> bool:
        is_ours = self._process == os.getpid() and self._era is _era
        return is_ours and abs(time.time() - self.at) <= _LONGEST_SECONDS


_idle: deque[Writer] = deque()


class _Hold:
    """Known to the thread alone, so that it goes with it, and the writer is free."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def __del__(self, free: Callable[[Writer], None] = _idle.append) -> None:
        # In one step, and with nothing that an ending process may have taken away already. A thread is a request.
        free(self.writer)


class _Thread(threading.local):
    hold: _Hold | None = None


_thread = _Thread()
_era = object()


def mine() -> Writer:
    """This thread's."""
    hold = _thread.hold
    if hold is None or not hold.writer.goes_on():
        hold = _thread.hold = _Hold(_free())
    hold.writer.at = time.time()
    return hold.writer


def begin_anew() -> None:
    """All of this process, because somebody put another database in the place of the last one."""
    global _era
    _era = object()


def _free() -> Writer:
    """The one that was freed last, so that few are in use."""
    while True:
        try:
            writer = _idle.pop()
        except IndexError:
            return Writer()
        if writer.goes_on():
            return writer
