"""Who listens to a store in tests."""

from dataclasses import dataclass, field
from typing import Any

from sync.store import Entry
from sync.timeline import Timeline


@dataclass
class Heard:
    """A listener that writes down what it is told."""

    told_of: list[tuple[Any, ...]] = field(default_factory=list)
    misses: int = 0

    def committed(self, room: str, timeline: Timeline, entry: Entry) -> None:
        self.told_of.append((room, timeline, entry))

    def seen(self, room: str, id: str, record: bytes | None) -> None:
        self.told_of.append((room, id, record))

    def told(self, room: str, message: bytes) -> None:
        self.told_of.append((room, message))

    def missed(self) -> None:
        self.misses += 1
