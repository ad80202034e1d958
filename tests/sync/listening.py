"""Who listens to a store in tests, and waits for what it is told."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

from sync.store import Entry
from sync.timeline import Timeline


class Heard:
    """All that was told, in order."""

    def __init__(self) -> None:
        self.all: list[tuple[Any, ...]] = []

    def committed(self, room: str, timeline: Timeline, entry: Entry) -> None:
        self.all.append(("committed", room, timeline, entry))

    def seen(self, room: str, id: str, record: bytes | None) -> None:
        self.all.append(("seen", room, id, record))

    def told(self, room: str, message: bytes) -> None:
        self.all.append(("told", room, message))

    def missed(self) -> None:
        self.all.append(("missed",))


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for others to do something that no event of this process tells."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.01)
