"""One room in several processes: their engines, in one process of the tests, over a store that they share."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from sync import commands, commits, presence, protocol, settling
from sync.limits import Limits
from sync.live import Live
from sync.participants import Participant
from sync.ports import Admission
from sync.protocol import Status
from sync.room import Room
from tests.sync.alone import SETTINGS, Log, NoArchive, NoItems, Socket

LIMITS = Limits(offline_seconds=0.2, connections_per_user=3)


class Quiet(NoArchive):
    """An archive that takes everything and has nothing."""

    async def save(self, rooms: Any, journal: Any) -> None:
        pass


class Lines(Log):
    """A chat log that both share."""

    async def last(self, *, room_id: str) -> int:
        return len(self.lines)


class Process:
    """One process' engine, and its end of the room."""

    def __init__(self, live: Live, room: Room) -> None:
        self.live, self.room = live, room

    def join(self, user: str, *, resumes: str | None = None, role: str = "host") -> tuple[Participant, Socket]:
        socket = Socket()
        admission = Admission(SETTINGS, user, user, role, "sid", False)
        return presence.join(self.room, admission, socket, resumes=resumes), socket

    async def does(self, command: protocol.Command, by: Participant | None = None) -> commits.Applied:
        return await commands.apply(
            self.room, command, items=NoItems(), role="host", user="alice", session=by.id if by else "s", by=by
        )

    def reports(self, one: Participant, state: Any, seq: int | None = None) -> None:
        presence.report(self.room, one, Status(state, self.room.timeline.seq if seq is None else seq, 0.0, 10.0))
        settling.soon(self.room, by=one.id)


NewProcess = Callable[[], Awaitable[Process]]


def told(socket: Socket, *types: str) -> list[dict[str, Any]]:
    messages = [json.loads(message.payload) for message in socket.messages]
    return [message for message in messages if message["type"] in types]
