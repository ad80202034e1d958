"""Whether this process keeps up: a timer that is late says by how much (`sync.pressure`)."""

import asyncio
from time import monotonic

from sync.pressure import Pressure

LOOK_EVERY = 0.02

UNASKED_LOOKS = 12
"""It looks no more when nothing has been told for so many looks. Rooms that rest don't ask, and looks come late."""


class Pace:
    """One for all rooms of a process. It looks only while rooms are told something."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        """The one that looks; None while nothing is told."""
        self._pressure = Pressure(0.0)
        self._due = 0.0
        self._unasked = 0
        """Looks since the last question."""

    def window(self) -> float:
        """Seconds that what a room is told may wait; 0 while this process keeps up."""
        self._unasked = 0
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._pressure = loop, Pressure(monotonic())
            self._look_later(loop)
        return self._pressure.window

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = monotonic() + LOOK_EVERY
        loop.call_later(LOOK_EVERY, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._unasked += 1
        if loop is not self._loop or self._unasked > UNASKED_LOOKS:
            self._loop = None
            return
        now = monotonic()
        self._pressure.sample(now, max(0.0, now - self._due))
        self._look_later(loop)
