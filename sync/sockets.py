"""One participant's socket, as a room's hub writes to it.

A socket that does not take what it is sent leaves the fan-out, and is told by `on_drained` when it has caught up; the
one that stays full is cut off (`sync.background`). So what a slow client costs is one full transport buffer.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Protocol

from sync.protocol import Message

logger = logging.getLogger(__name__)

OUTBOX_BYTES = 64 * 1024
"""What a socket without a raw connection may be behind."""

CLOSE_SECONDS = 5.0
"""How long such a socket may take to send what was written before it is closed."""

Send = Callable[[dict[str, Any]], Awaitable[None]]


class RawConnection(Protocol):
    """What `sync.uvicorn_protocol` offers in the scope: the socket's frames, below ASGI."""

    on_full: Callable[[], None] | None
    on_drained: Callable[[], None] | None
    on_used: Callable[[], None] | None
    """Called before anything but `write` writes to the socket or closes it."""

    def write(self, frames: bytes) -> None:
        """Write whole frames; nothing happens once the closing handshake has begun."""

    def descriptor(self) -> int:
        """The socket's, while whole frames may be written to it as to `write`: it is open and nothing waits to be sent;
        −1 otherwise. It is valid until `on_used` is called."""

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
        self.place = -1
        """Which of the room's fan-out it is (`sync.fanout`); −1 while it is written to by itself."""
        self.on_apart: Callable[[Connection], None] | None = None
        """Takes it out of the room's fan-out."""

    def descriptor(self) -> int:
        """What can be written to instead of `send`; −1 at present if it must be `send`."""
        return -1

    def write_rest(self, frames: bytes) -> None:
        """Write what `descriptor` hasn't taken."""
        raise NotImplementedError

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

    def keep(self, frames: list[bytes]) -> None:
        """Hold those frames, which were held for the whole room."""

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
        raw.on_used = self._let_go

    def descriptor(self) -> int:
        return -1 if self._held or self.closed or self.full_since is not None else self._raw.descriptor()

    def write_rest(self, frames: bytes) -> None:
        self._write_frames(frames)

    def send(self, message: Message) -> None:
        if self.place >= 0:
            self._apart()
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

    def keep(self, frames: list[bytes]) -> None:
        self._held += frames

    def release(self) -> None:
        if self._held:
            held, self._held = self._held, []
            self._write_frames(b"".join(held))

    def close(self, code: int, reason: str) -> None:
        self.closed = True
        self._apart()
        self.release()
        self._raw.close(code, reason)

    def abort(self) -> None:
        self.closed = True
        self._raw.abort()

    def _let_go(self) -> None:
        """The socket is about to be used by others, or closed: what is held goes before."""
        self._apart()
        self.release()

    def _apart(self) -> None:
        if self.place >= 0 and self.on_apart is not None:
            self.on_apart(self)


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
