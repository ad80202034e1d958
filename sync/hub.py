"""The local fan-out: one message, encoded once, written to every socket of a room.

A socket that does not take what it is sent leaves the fan-out, and is told by `on_drained` when it has caught up; the
one that stays full is cut off (`sync.background`). So what a slow client costs is one full transport buffer.

In a process that is behind (`sync.pace`) a room is told at most so often, the first message at once: what comes
meanwhile is held, and leaves with one write per socket. What is for one socket alone goes at once, behind what is held
for it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Protocol

from sync.pace import Pace
from sync.protocol import Message

logger = logging.getLogger(__name__)

OUTBOX_BYTES = 64 * 1024
"""What a socket without a raw connection may be behind."""

HELD_BYTES = 16 * 1024
"""As much is held for each of a room's sockets; more goes out at once."""

CLOSE_SECONDS = 5.0
"""How long such a socket may take to send what was written before it is closed."""

Send = Callable[[dict[str, Any]], Awaitable[None]]


class RawConnection(Protocol):
    """What `sync.uvicorn_protocol` offers in the scope: the socket's frames, below ASGI."""

    on_full: Callable[[], None] | None
    on_drained: Callable[[], None] | None

    def write(self, frames: bytes) -> None:
        """Write whole frames; nothing happens once the closing handshake has begun."""

    def close(self, code: int, reason: str) -> None: ...

    def abort(self) -> None: ...


class Connection:
    """One participant's socket."""

    def __init__(self) -> None:
        self.heard = self.opened = monotonic()
        self.closed = False
        """This side has closed it: nothing that still comes from it counts."""
        self.full_since: float | None = None
        self.missed = False
        self.chat_seq = 0
        """The last line of chat it was sent."""
        self.chat_live = False
        """It has all lines up to the newest; otherwise it is catching up."""
        self.catching_up = False
        self.on_drained: Callable[[], None] | None = None

    def is_full(self) -> bool:
        """It has left the fan-out until it has taken what was written."""
        return self.full_since is not None

    def send(self, message: Message) -> None:
        if self.full_since is not None:
            self.missed = True
        else:
            self._write(message)

    def hold(self, message: Message) -> None:
        """Send it with what follows, at the next `release` or before."""
        self.send(message)

    def release(self) -> None:
        """Send what is held."""

    def close(self, code: int, reason: str) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError

    def _write(self, message: Message) -> None:
        raise NotImplementedError

    def _full(self) -> None:
        if self.full_since is None:
            self.full_since = monotonic()

    def _drained(self) -> None:
        self.full_since = None
        if self.missed:
            self.missed = False
            if self.on_drained is not None:
                self.on_drained()


class DirectConnection(Connection):
    """A socket whose frames are written straight to the transport."""

    def __init__(self, raw: RawConnection) -> None:
        super().__init__()
        self._raw = raw
        self._write_frames = raw.write
        self._held: list[bytes] = []
        """Empty while the socket is full: it becomes so by a write, with which all goes that is held."""
        raw.on_full = self._full
        raw.on_drained = self._drained

    def send(self, message: Message) -> None:
        if self.full_since is not None:
            self.missed = True
        elif self._held:
            self._held.append(message.frame)
            self.release()
        else:
            self._write_frames(message.frame)

    def hold(self, message: Message) -> None:
        if self.full_since is not None:
            self.missed = True
        else:
            self._held.append(message.frame)

    def release(self) -> None:
        if self._held:
            held, self._held = self._held, []
            self._write_frames(b"".join(held))

    def close(self, code: int, reason: str) -> None:
        self.closed = True
        self.release()
        self._raw.close(code, reason)

    def abort(self) -> None:
        self.closed = True
        self._raw.abort()


class AsgiConnection(Connection):
    """A socket on any ASGI server: a writer task lives while there is something to be written."""

    def __init__(self, send: Send) -> None:
        super().__init__()
        self._send = send
        self._outbox: deque[Message] = deque()
        self._behind = 0
        self._writer: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    def _write(self, message: Message) -> None:
        if self.closed:
            return
        self._outbox.append(message)
        self._behind += len(message.payload)
        if self._writer is None:
            self._writer = asyncio.create_task(self._drain())
        elif self._behind > OUTBOX_BYTES:
            self._full()

    async def _drain(self) -> None:
        try:
            while self._outbox:
                message = self._outbox.popleft()
                await self._send({"type": "websocket.send", "text": message.payload.decode()})
                self._behind -= len(message.payload)
        except Exception:
            # The client is gone, and its consumer hears of that by itself. ASGI says OSError, daphne raises autobahn's.
            logger.debug("A message could not be sent", exc_info=True)
            self._outbox.clear()
            return
        finally:
            self._writer = None
        if self.full_since is not None:
            self._drained()

    def close(self, code: int, reason: str) -> None:
        self.closed = True
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(code, reason))

    def abort(self) -> None:
        # ASGI knows no abort: what could be written is given up, the rest is the server's own time-out.
        self._outbox.clear()
        self.close(1011, "slow")

    async def _close(self, code: int, reason: str) -> None:
        if self._writer is not None:
            await asyncio.wait([self._writer], timeout=CLOSE_SECONDS)
        try:
            await asyncio.wait_for(
                self._send({"type": "websocket.close", "code": code, "reason": reason}), CLOSE_SECONDS
            )
        except Exception:
            # As above: closed already, or not closable any more.
            logger.debug("A socket could not be closed", exc_info=True)


class Hub:
    """The sockets of one room, by participant id."""

    def __init__(self, pace: Pace) -> None:
        self.connections: dict[str, Connection] = {}
        self._pace = pace
        self.resting: asyncio.Handle | None = None
        """What ends the rest, in which messages are held; None while they go out at once."""
        self._held_bytes = 0

    def publish(self, message: Message, *, but: str | None = None) -> None:
        """Write `message` to everybody, or to everybody `but` one."""
        if self._waits(message):
            for id, connection in self.connections.items():
                if id != but:
                    connection.hold(message)
        elif but is not None:
            for id, connection in self.connections.items():
                if id != but:
                    connection.send(message)
        else:
            for connection in self.connections.values():
                connection.send(message)

    def publish_chat(self, chat_seq: int, message: Message) -> None:
        """Write a line of chat to all who have the lines before it; the others fetch it with those."""
        waits = self._waits(message)
        for connection in self.connections.values():
            if connection.is_full():
                connection.chat_live, connection.missed = False, True
            elif connection.chat_live and connection.chat_seq < chat_seq:
                connection.chat_seq = chat_seq
                if waits:
                    connection.hold(message)
                else:
                    connection.send(message)

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
        for connection in self.connections.values():
            connection.release()
        if self._pace.window():
            self._rest()
