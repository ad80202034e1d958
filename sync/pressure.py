"""How far behind this process is, and how long a room's messages may wait for each other because of it.

A message to a socket costs one system call, which wakes its reader: nearly all of a busy process' time. Two that go out
together cost as much as one. Instants and times are seconds of any one clock.
"""

from math import exp

UNFELT = 0.003
"""A process that is late by less has time for everything."""

GAIN = 8.0
"""What each second that it is later adds to the window."""

LEAST, MOST = 0.002, 0.040
"""The shortest window that is worth a timer, and the longest: less than one picture of a film at 24 a second. A window
is of use where it is longer than the time between two of a room's commands."""

SMOOTH, FADE = 0.06, 1.0
"""Over how long lateness is averaged; how slowly a window closes, or its own relief would open and close it in turn."""


class Pressure:
    """Told regularly how late what was due is called, it says how long what a room is told may wait."""

    def __init__(self, now: float) -> None:
        self.window = 0.0
        """0 while the process keeps up; between LEAST and MOST otherwise."""
        self._late = 0.0
        self._at = now

    def sample(self, now: float, late: float) -> None:
        """What was due `late` seconds before `now` has been called."""
        passed = max(0.0, now - self._at)
        self._at = max(now, self._at)
        self._late = late + (self._late - late) * exp(-passed / SMOOTH)
        wanted = min(MOST, GAIN * (self._late - UNFELT))
        window = max(wanted, self.window * exp(-passed / FADE))
        self.window = window if window >= LEAST else 0.0
