"""The local fan-out: one message, encoded once, written to every socket of a room.

Most sockets are written to together (`sync.fanout`). One that has something of its own to be sent, or doesn't take what
it is sent, is written to by itself until that is done.

In a process that is behind (`sync.pace`) a room is told at most so often, the first message at once: what comes
meanwhile is held, and leaves with one write per socket. What is for one socket alone goes at once, behind what is held
for it.
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
        """What ends the rest, in which messages are held; None while they go out at once."""
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
        waits = self._waits(message)
        excluded = None if but is None else self.connections.get(but)
        if excluded is not None and excluded.place >= 0:
            self._part(excluded)
        self._to_all(message, waits, excluded)

    def publish_chat(self, chat_seq: int, message: Message) -> None:
        """Write a line of chat to all who have the lines before it; the others fetch it with those."""
        waits = self._waits(message)
        told: list[Connection] = []
        for connection in self.connections.values():
            if connection.is_full():
                connection.chat_live, connection.missed = False, True
            elif connection.chat_live and connection.chat_seq < chat_seq:
                connection.chat_seq = chat_seq
                if connection.place < 0:
                    told.append(connection)
            elif connection.place >= 0:
                self._part(connection)
        for connection in told:
            if waits:
                connection.hold(message)
            else:
                connection.send(message)
        self._to_fanout(message, waits)

    def _to_all(self, message: Message, waits: bool, excluded: Connection | None) -> None:
        if self._apart and not self._held:
            self._gather(excluded)
        # First these: who doesn't take all that the fan-out is told is one of them after it.
        for connection in self._apart:
            if connection is excluded:
                continue
            if waits:
                connection.hold(message)
            else:
                connection.send(message)
        self._to_fanout(message, waits)

    def _to_fanout(self, message: Message, waits: bool) -> None:
        if waits:
            self._held.append(message.frame)
        else:
            self._write(message.frame)

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

    def _waits(self, message: Message) -> bool:
        """Whether what is published now is held."""
        if self.resting is None:
            if self._pace.window():
                self._rest()
            return False
        self._held_bytes += len(message.frame)
        if self._held_bytes <= HELD_BYTES:
            return True
        self.resting.cancel()
        self._release()
        return False

    def _rest(self) -> None:
        """Hold what comes, until the window has passed since what is written now was: that is, since the next turn."""
        self.resting = asyncio.get_running_loop().call_soon(self._written)

    def _written(self) -> None:
        self.resting = asyncio.get_running_loop().call_later(self._pace.window(), self._release)

    def _release(self) -> None:
        self.resting = None
        if not self._held_bytes:
            return
        self._held_bytes = 0
        held, self._held = self._held, []
        if held:
            self._write(b"".join(held))
        for connection in self._apart:
            connection.release()
        if self._pace.window():
            self._rest()
