"""uvicorn's sans-io WebSocket protocol with its raw connection offered to the application.

`scope["extensions"]["watchparty.connection"]` is the protocol itself, as the `RawConnection` of `sync.sockets`: a
frame that was built once is written to the transport, or to its socket, as it is, below ASGI and the frame serialiser.
What is read still comes by ASGI's `receive`. Made for uvicorn 0.54; tests/sync/test_uvicorn_protocol.py keeps what it
relies on.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, apply_mask  # type: ignore[attr-defined] # the compiled one where there is one
from websockets.protocol import OPEN
from websockets.streams import StreamReader

from sync.ratelimit import Window

EXTENSION = "watchparty.connection"

logger = logging.getLogger(__name__)
logger.setLevel(logging.WARNING)

UNREAD_MOST = 64
"""Frames that may wait for the application before reading pauses."""

CONTROL_MOST, CONTROL_SECONDS = 200, 10.0
"""A peer that sends so many frames in so many seconds which make no message (pings, pongs, bits of messages) is cut
off: the application's rates never see them, and each costs us as much as a message."""

AFTER_CLOSE_BYTES = 64 * 1024
"""What is still read once we have closed; the peer's answer comes after what was on the way. Who goes on sending isn't
read any more. It isn't cut off at once either: that would throw away the closing frame, and with it why we closed."""

DEAF_SECONDS = 1.0
"""How long such a peer has to read the closing frame."""

SLICE_BYTES = 4 * 1024
"""What is parsed at once. A read can hold 40,000 empty frames, and all other sockets would wait for them."""

FINAL_TEXT, MASKED, SHORT = 0x81, 0x80, 125
"""First byte of an unfragmented text frame; the mask bit; the most that a one-byte length tells (RFC 6455, 5.2)."""

BETWEEN_FRAMES = StreamReader.at_eof.__code__
"""Where the parser waits when it has consumed whole frames only."""

CLOSE_SECONDS = 5.0
"""How long a peer may take to receive our closing frame before it is cut off."""


class Mailbox:
    """What uvicorn uses of an `asyncio.Queue`, for one reader, which is `RoomProtocol.receive`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.events: deque[ASGIReceiveEvent] = deque()
        self._reader: asyncio.Future[None] | None = None

    def put_nowait(self, event: ASGIReceiveEvent) -> None:
        self.events.append(event)
        if self._reader is not None:
            if not self._reader.done():
                self._reader.set_result(None)
            self._reader = None

    def arrival(self) -> "asyncio.Future[None]":
        """Done when the next event has come."""
        self._reader = self._loop.create_future()
        return self._reader

    def qsize(self) -> int:
        return len(self.events)


class Watched:
    """The transport as uvicorn's code has it: before it writes to the socket or closes it, `before` is called."""

    def __init__(self, transport: asyncio.Transport, before: Callable[[], None]) -> None:
        self._transport = transport
        self._before = before

    def write(self, data: bytes) -> None:
        self._before()
        self._transport.write(data)

    def close(self) -> None:
        self._before()
        self._transport.close()

    def abort(self) -> None:
        self._before()
        self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class RoomProtocol(WebSocketsSansIOProtocol):
    queue: Mailbox  # type: ignore[assignment]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.queue = Mailbox(self.loop)
        # uvicorn's line about each accepted socket holds the query string, with its ticket and session.
        # websockets has two of its own for each connection, which say nothing that is of use.
        self.logger = self.conn.logger = logger
        # Frames are written whole by `write`: an extension that transforms them must not be agreed on.
        self.conn.available_extensions = []
        self.on_full: Callable[[], None] | None = None
        self.on_drained: Callable[[], None] | None = None
        self.on_used: Callable[[], None] | None = None
        self._direct: asyncio.Transport
        """What `transport` watches."""
        self._descriptor = -1
        self._cut_off: asyncio.TimerHandle | None = None
        self._controls = Window(CONTROL_MOST, CONTROL_SECONDS)
        self._after_close = 0
        self._deaf = False
        self._offered_in: dict[str, Any] = {}
        self._unparsed = bytearray()
        """Read, but not parsed yet. Reading pauses while there is some."""
        self._next_slice: asyncio.Handle | None = None

    # What the application is offered

    def write(self, frames: bytes) -> None:
        """Write whole frames; nothing happens before the handshake or once a closing frame was sent or received."""
        if self.conn._state is OPEN and not self._direct.is_closing():
            self._direct.write(frames)

    def descriptor(self) -> int:
        """The socket's, while whole frames may be written to it as to `write`, with nothing before them that waits."""
        if self.conn._state is not OPEN or not self.handshake_complete or self._direct.is_closing():
            return -1
        return -1 if self._direct.get_write_buffer_size() else self._descriptor

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake, whatever the transport's buffer holds."""
        if self.close_sent or self.conn.state is not OPEN or self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._read_on()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)
        self._cut_off_later()

    def abort(self) -> None:
        """Drop the connection and what it has not taken."""
        self.transport.abort()

    # What differs from uvicorn's

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._direct = self.transport
        if self.scheme == "ws":  # below TLS there is nothing to be written by hand
            self._descriptor = self._direct.get_extra_info("socket").fileno()
        self.transport = cast(asyncio.Transport, Watched(self._direct, self._used))

    def _used(self) -> None:
        if self.on_used is not None:
            self.on_used()

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            # The task that runs the application has been made, but not begun: it sees this.
            self._offered_in = cast(dict[str, Any], self.scope["extensions"])
            self._offered_in[EXTENSION] = self

    def data_received(self, data: bytes) -> None:
        """Short text frames are what players send: they are taken as they are, for a third of the parser's time.

        Whatever else comes, or comes in pieces, goes through the parser.
        """
        if self._unparsed or len(data) > SLICE_BYTES:
            self._unparsed += data
            self.transport.pause_reading()
            self._go_on()
            return
        taken = self._take_short_texts(data) if self._between_messages() else 0
        if taken < len(data):
            self._parse(data[taken:])

    def _take_short_texts(self, data: bytes) -> int:
        """Hand over the short text frames that `data` begins with; returns how many bytes they are."""
        taken, end = 0, len(data)
        while (
            taken + 6 < end
            and data[taken] == FINAL_TEXT
            and MASKED < data[taken + 1] <= MASKED | SHORT
            and (after := taken + 6 + data[taken + 1] - MASKED) <= end
            and self.conn._state is OPEN
        ):
            self._hand_over_text(apply_mask(data[taken + 6 : after], data[taken + 2 : taken + 6]))
            taken = after
        return taken

    def _parse(self, data: bytes) -> None:
        if self.close_sent:
            self._after_close += len(data)
            if self._after_close > AFTER_CLOSE_BYTES:
                self._deaf = True
                self._unparsed.clear()
                self.transport.pause_reading()
                if self._cut_off is not None:
                    self._cut_off.cancel()
                self._cut_off = self.loop.call_later(DEAF_SECONDS, self.transport.abort)
                return
        super().data_received(data)

    def _parse_slice(self) -> None:
        self._next_slice = None
        if self.transport.is_closing():
            return
        piece = bytes(self._unparsed[:SLICE_BYTES])
        del self._unparsed[:SLICE_BYTES]
        self._parse(piece)
        self._go_on()

    def _go_on(self) -> None:
        """Parse what has been read, when the others had their turn; then read on."""
        if self.read_paused or self._deaf or self.transport.is_closing():
            return
        if not self._unparsed:
            self.transport.resume_reading()
        elif self._next_slice is None:
            self._next_slice = self.loop.call_soon(self._parse_slice)

    def _controlled(self) -> bool:
        """Count a frame that makes no message; False when the peer is cut off for it."""
        if self._controls.add(self.loop.time()):
            self.transport.abort()
        return not self.transport.is_closing()

    def handle_ping(self) -> None:
        """Answer, unless the peer doesn't take our answers, or nothing may follow our closing frame."""
        if not self._controlled():
            return
        if self.writable.is_set() and self.handshake_complete and not self.close_sent:
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_pong(self, event: Frame) -> None:
        if self._controlled():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        if len(event.data) > SHORT or self._controlled():
            super().handle_cont(event)

    def _between_messages(self) -> bool:
        """Whether the parser is in the middle of nothing: neither a frame nor a fragmented message."""
        if self.conn.current_size is not None:
            return False
        waiting: Any = self.conn.parser
        while waiting.gi_yieldfrom is not None:
            waiting = waiting.gi_yieldfrom
        return waiting.gi_code is BETWEEN_FRAMES

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.on_full is not None:
            self.on_full()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_drained is not None:
            self.on_drained()

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message to the application.

        uvicorn pauses reading for every single message; here only an application that lags behind makes it pause.
        """
        data, self.frames = b"".join(self.frames), []
        if self.curr_msg_data_type == "text":
            self._hand_over_text(data)
        elif not self.close_sent:
            self._hand_over({"type": "websocket.receive", "bytes": data})

    def _hand_over_text(self, data: bytes) -> None:
        if self.close_sent:
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self.conn.send_close(1007)
            self.handle_parser_exception()
            return
        self._hand_over({"type": "websocket.receive", "text": text})

    def _hand_over(self, event: ASGIReceiveEvent) -> None:
        self.queue.put_nowait(event)
        if not self.read_paused and self.queue.qsize() >= UNREAD_MOST:
            self.read_paused = True
            self.transport.pause_reading()

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        # Closing makes uvicorn read on, but it knows nothing of what has been read already.
        if self._unparsed:
            self._go_on()

    async def receive(self) -> ASGIReceiveEvent:
        queue = self.queue
        while not queue.events:
            await queue.arrival()
        event = queue.events.popleft()
        if self.read_paused and not queue.events:
            self._read_on()
        return event

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        self._cut_off_later()

    def handle_parser_exception(self) -> None:
        if self.conn.close_sent is None:
            # Frames, and wrong ones, before our answer to the handshake: there is nothing to close properly yet.
            self.transport.abort()
            return
        super().handle_parser_exception()
        self._cut_off_later()

    def shutdown(self) -> None:
        self._used()  # while something may still be written
        super().shutdown()
        self._cut_off_later()

    def connection_lost(self, exc: Exception | None) -> None:
        self._used()
        if self._cut_off is not None:
            self._cut_off.cancel()
        super().connection_lost(exc)
        # Nothing of it may wait for a full collection, which is rare: it stops every room.
        self.transport = self._direct
        self.on_full = self.on_drained = self.on_used = None
        self._offered_in.pop(EXTENSION, None)
        self.conn.parser.close()

    def _read_on(self) -> None:
        if self.read_paused:
            self.read_paused = False
            self._go_on()

    def _cut_off_later(self) -> None:
        """A transport empties its buffer before it closes; a peer that never reads would keep it for ever."""
        if self._cut_off is None:
            self._cut_off = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)
