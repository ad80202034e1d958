"""A room with nothing around it: no server, no database, and sockets that write down what they are sent."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec

from sync import presence
from sync.archive import Saved
from sync.ports import Admission, ChatLine, Item, RoomSettings
from sync.protocol import Message
from sync.room import Room
from sync.sockets import Connection
from sync.store import Entry, Outcome, Stale
from sync.store.memory import MemoryStore
from sync.timeline import EPOCH, Timeline
from watchparty.errors import NotFound

SETTINGS = RoomSettings("r", "CODE", "Room", "host", {"policy": "everyone", "grace": 0.5, "timeout": 15})


class NoArchive:
    """Remembers nothing; as if each room were new."""

    async def new_epoch(self) -> int:
        return 1

    async def load(self, room: str) -> Saved | None:
        return None

    async def save(self, rooms: list[Saved], journal: list[tuple[str, Entry]]) -> None:
        raise AssertionError("nothing is saved here")

    async def delete(self, room: str) -> None:
        return None


class NoItems:
    async def get(self, *, room_id: str, item: str) -> Item:
        raise NotFound("Not in the queue.")

    async def first(self, *, room_id: str) -> Item | None:
        return None

    async def following(self, *, room_id: str, item: str) -> Item | None:
        return None


class Rival(MemoryStore):
    """Another process is faster than we are, `times` times."""

    times = 0

    def begin(self, epoch: int) -> None:
        self._epoch = epoch

    async def commit(self, room: str, *, expected: int, timeline: Timeline, entry: Entry) -> Outcome:
        if self.times:
            self.times -= 1
            theirs = Timeline(seq=timeline.seq, position=timeline.seq - EPOCH)
            await super().commit(
                room, expected=expected, timeline=theirs, entry=msgspec.structs.replace(entry, session=None)
            )
            return Stale(theirs)
        return await super().commit(room, expected=expected, timeline=timeline, entry=entry)


class Log:
    """A chat log whose lines come back in the wrong order."""

    def __init__(self) -> None:
        self.lines: list[ChatLine] = []
        self.gate = asyncio.Event()

    async def post(self, *, id: str, text: str, **said: Any) -> ChatLine:
        line = ChatLine(len(self.lines) + 1, "p1", "alice", "Alice", text, datetime.now(UTC), id)
        self.lines.append(line)
        if text == "slow":
            await self.gate.wait()
        return line

    async def since(self, *, room_id: str, chat_seq: int, limit: int) -> list[ChatLine]:
        return self.lines[chat_seq : chat_seq + limit]

    async def last(self, *, room_id: str) -> int:
        return 0


class Socket(Connection):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self.code = 0
        self.chat_live = True

    def _write(self, message: Message) -> None:
        self.messages.append(message)

    def close(self, code: int, reason: str) -> None:
        self.code, self.closed = code, True


def join(room: Room, user: str, role: str = "host") -> tuple[Any, Socket]:
    socket = Socket()
    return presence.join(room, Admission(SETTINGS, user, user, role, "sid", False), socket, resumes=None), socket


def state(room: Room) -> str:
    return room.timeline.state
