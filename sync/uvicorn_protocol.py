"""uvicorn's sans-io WebSocket protocol with its raw connection offered to the application.

`scope["extensions"]["watchparty.connection"]` is the protocol itself, as the `RawConnection` of `sync.hub`: a frame
that was built once is written to the transport as it is, below ASGI and the frame serialiser. What is read still
comes by ASGI's `receive`. Made for uvicorn 0.54; tests/sync/test_uvicorn_protocol.py keeps what it relies on.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

from uvicorn._types import ASGIReceiveEvent
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.protocol import OPEN
from websockets.streams import StreamReader
from websockets.utils import apply_mask

EXTENSION = "watchparty.connection"

logger = logging.getLogger(__name__)
logger.setLevel(logging.WARNING)

UNREAD_MOST = 64
"""Frames that may wait for the application before reading pauses."""

FINAL_TEXT, MASKED, SHORT = 0x81, 0x80, 125
"""First byte of an unfragmented text frame; the mask bit; the most that a one-byte length tells (RFC 6455, 5.2)."""

BETWEEN_FRAMES = StreamReader.at_eof.__code__
"""Where the parser waits when it has consumed whole frames only."""

CLOSE_SECONDS = 5.0
"""How long a peer may take to receive our closing frame before it is cut off."""


class RoomProtocol(WebSocketsSansIOProtocol):
    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # uvicorn's line about each accepted socket holds the query string, with its ticket and session.
        self.logger = logger
        # Frames are written whole by `write`: an extension that transforms them must not be agreed on.
        self.conn.available_extensions = []
        self.on_full: Callable[[], None] | None = None
        self.on_drained: Callable[[], None] | None = None
        self._cut_off: asyncio.TimerHandle | None = None

    # What the application is offered

    def write(self, frame: bytes) -> None:
        """Write one whole frame; nothing happens before the handshake or once a closing frame was sent or received."""
        if self.conn._state is OPEN and not self.transport.is_closing():
            self.transport.write(frame)

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

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            # The task that runs the application has been made, but not begun: it sees this.
            cast(dict[str, Any], self.scope["extensions"])[EXTENSION] = self

    def data_received(self, data: bytes) -> None:
        """One short text frame by itself is what players send: it is taken as it is, for a third of the parser's time.

        Whatever else comes, or comes in pieces, goes through the parser.
        """
        size = len(data) - 6
        if (
            0 < size <= SHORT
            and data[0] == FINAL_TEXT
            and data[1] == MASKED | size
            and self.conn._state is OPEN
            and self._between_messages()
        ):
            self.curr_msg_data_type = "text"
            self.frames = [apply_mask(data[6:], data[2:6])]
            self.send_receive_event_to_app()
        else:
            super().data_received(data)

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
        if self.close_sent:
            return
        if self.curr_msg_data_type == "bytes":
            self.queue.put_nowait({"type": "websocket.receive", "bytes": data})
        else:
            try:
                self.queue.put_nowait({"type": "websocket.receive", "text": data.decode()})
            except UnicodeDecodeError:
                self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        if not self.read_paused and self.queue.qsize() >= UNREAD_MOST:
            self.read_paused = True
            self.transport.pause_reading()

    async def receive(self) -> ASGIReceiveEvent:
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self._read_on()
        return message

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        self._cut_off_later()

    def shutdown(self) -> None:
        super().shutdown()
        self._cut_off_later()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._cut_off is not None:
            self._cut_off.cancel()
        super().connection_lost(exc)

    def _read_on(self) -> None:
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def _cut_off_later(self) -> None:
        """A transport empties its buffer before it closes; a peer that never reads would keep it for ever."""
        if self._cut_off is None:
            self._cut_off = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)
