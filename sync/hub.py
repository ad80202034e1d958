"""The local fan-out: one message, encoded once, written to every socket of a room.

Most sockets are written to together (`sync.fanout`). One that has something of its own to be sent, or doesn't take what
it is sent, is written to by itself until that is done.

What is published is held until the loop's turn ends, so that all rooms' writes follow each other: a reader that is
still awake for the last is not woken for the next. In a process that is behind (`sync.pace`) it is held for longer,
when the room has been told something just before. All that is held leaves with one write per socket; what is for one
socket alone goes at once, behind what is held for it.
"""

import asyncio

from sync.fanout import Fanout
from sync.pace import Pace
from sync.protocol import Message
from sync.sockets import Connection

HELD_BYTES = 16 * 1024
"""As much is held for a room's sockets; more goes out at once."""


class Hub:
    """The sockets of one room, by participant id."""

    def __init__(self, pace: Pace) -> None:
        self.connections: dict[str, Connection] = {}
        """Changed by `enter` and `leave`."""
        self._pace = pace
        self._fanout = Fanout()
        self._apart: dict[Connection, None] = {}
        """Those that are written to by themselves."""
        self.resting: asyncio.Handle | None = None
        """What writes what is held; None while that is nothing and need not be."""
        self._held: list[bytes] = []
        """What all of the fan-out wait for. The others hold it themselves."""
        self._held_bytes = 0

    def enter(self, id: str, connection: Connection) -> None:
        self.leave(id)
        self.connections[id] = connection
        self._apart[connection] = None
        connection.on_apart = self._part

    def leave(self, id: str) -> None:
        """What is held for it goes with its closing frame."""
        if (connection := self.connections.pop(id, None)) is not None:
            if connection.place >= 0:
                self._part(connection)
            del self._apart[connection]
            connection.on_apart = None

    def publish(self, message: Message, *, but: str | None = None) -> None:
        """Write `message` to everybody, or to everybody `but` one."""
        excluded = None if but is None else self.connections.get(but)
        if excluded is not None and excluded.place >= 0:
            self._part(excluded)
        if self._apart:
            if not self._held:
                self._gather(excluded)
            for connection in self._apart:
                if connection is not excluded:
                    connection.hold(message)
        self._hold(message)

    def publish_chat(self, chat_seq: int, message: Message) -> None:
        """Write a line of chat to all who have the lines before it; the others fetch it with those."""
        for connection in self.connections.values():
            if connection.is_full():
                connection.chat_live, connection.missed = False, True
            elif connection.chat_live and connection.chat_seq < chat_seq:
                connection.chat_seq = chat_seq
                if connection.place < 0:
                    connection.hold(message)
            elif connection.place >= 0:
                self._part(connection)
        self._hold(message)

    def _hold(self, message: Message) -> None:
        """Hold it for the fan-out; the others have it already."""
        self._held.append(message.frame)
        self._held_bytes += len(message.frame)
        if self._held_bytes > HELD_BYTES:
            if self.resting is not None:
                self.resting.cancel()
            self._release()
        elif self.resting is None:
            self.resting = asyncio.get_running_loop().call_soon(self._release)

    def _write(self, frames: bytes) -> None:
        for connection, rest in self._fanout.write(frames):
            self._part(connection)
            connection.write_rest(rest)

    def _part(self, connection: Connection) -> None:
        """From now on it is written to by itself; what is held for all is held for it."""
        self._fanout.remove(connection)
        self._apart[connection] = None
        connection.keep(self._held)

    def _gather(self, excluded: Connection | None) -> None:
        """Those who have nothing of their own to be sent any more are written to with the others again."""
        for connection in [*self._apart]:
            if connection is not excluded and (descriptor := connection.descriptor()) >= 0:
                del self._apart[connection]
                self._fanout.add(connection, descriptor)

    def _release(self) -> None:
        """Write what is held. If this process is behind, what comes next is held until the window has passed."""
        self.resting = None
        if not self._held:
            return
        held, self._held, self._held_bytes = self._held, [], 0
        self._write(held[0] if len(held) == 1 else b"".join(held))
        for connection in self._apart:
            connection.release()
        if window := self._pace.window():
            self.resting = asyncio.get_running_loop().call_later(window, self._release)
