"""Who played, paused, sought and loaded: from the rooms' journals, so no command waits for it.

The journal is told in the transaction that saves the timelines, within a second of the commands, and each entry once.
"""

from collections.abc import Iterable
from typing import Any

from audit import playback
from audit.receivers.hearing import hears
from sync import signals
from sync.store import Entry


@hears(signals.journaled)
def journaled(*, entries: Iterable[tuple[str, Entry]], **rest: Any) -> None:
    playback.hold(entries)
