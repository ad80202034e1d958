"""Which of what two stores tell is passed on: what the one with the authority does."""

from collections.abc import Callable
from time import monotonic

import msgspec

from sync.store import Entry, Listener
from sync.store.kept import Kept
from sync.timeline import Timeline

_encode = msgspec.json.Encoder().encode


class Ear:
    """Hears one of the two, which `leads` or not, keeps what happened in `rooms`, and calls `missed` for its losses."""

    def __init__(
        self, listener: Listener, rooms: dict[str, Kept], *, leads: Callable[[], bool], missed: Callable[[], None]
    ) -> None:
        self._listener = listener
        self._rooms = rooms
        self._leads = leads
        self._missed = missed

    def committed(self, room: str, timeline: Timeline, entry: Entry) -> None:
        if self._leads() and (kept := self._rooms.get(room)):
            kept.happened(timeline, _encode(entry), monotonic())
            self._listener.committed(room, timeline, entry)

    def seen(self, room: str, id: str, record: bytes | None) -> None:
        if self._leads():
            self._listener.seen(room, id, record)

    def told(self, room: str, message: bytes) -> None:
        if self._leads():
            self._listener.told(room, message)

    def missed(self) -> None:
        if self._leads():
            self._missed()
