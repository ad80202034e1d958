"""Clients that cost next to nothing, so that a thousand of them at once measure the server: they come in, come back
with their session when cut off, and know the newest timeline they were told."""

import asyncio
import base64
import os
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from urllib.parse import urlencode

import msgspec

from tests.faults.player import Message
from tests.faults.stack import Party, Web

SPARE_FILES = 200
SWITCHED = b"HTTP/1.1 101 "
TEXT, CLOSE = 0x81, 0x88


class Client(asyncio.Protocol):
    """One person with one socket at a time, always to the same process."""

    def __init__(self, party: Party, person: int, web: Web) -> None:
        self.party, self.person, self.web = party, person, web
        self.session = ""
        self.id = ""
        self.timeline: Message = {}
        self.welcomed: asyncio.Future[Message]
        self.took = 0.0
        """Seconds from the call of `come` to the welcome."""
        self.closes: list[int] = []
        """The codes with which the server closed it."""
        self._transport: asyncio.Transport | None = None
        self._unread = b""
        self._began = 0.0

    async def come(self) -> Message:
        """Connect, with the session if there is one; the welcome."""
        loop = asyncio.get_running_loop()
        self._began, self.welcomed, self._unread = monotonic(), loop.create_future(), b""
        await loop.create_connection(lambda: self, "127.0.0.1", self.web.port)
        return await self.welcomed

    def cut(self) -> None:
        """Lose the socket, if there is one, without a word."""
        if self._transport is not None:
            self._transport.abort()

    def says(self, type: str, **keys: object) -> None:
        assert self._transport is not None
        text = msgspec.json.encode({"type": type, **keys})
        assert len(text) < 126, "one byte tells the length"
        # Masked with nothing: RFC 6455 wants a mask of whoever is a client, whichever it is.
        self._transport.write(bytes((TEXT, 0x80 | len(text), 0, 0, 0, 0)) + text)

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        query = {"session": self.session, "seq": self.timeline["seq"], "chat_seq": 0} if self.session else {}
        token = self.party.users[self.person]
        transport.write(
            f"GET /ws/rooms/{self.party.room}/?{urlencode(query)} HTTP/1.1\r\nHost: 127.0.0.1:{self.web.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
            f"Sec-WebSocket-Protocol: watchparty.v1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if not self.welcomed.done():
            self.welcomed.set_exception(error or ConnectionResetError(f"closed before the welcome: {self.closes}"))

    def data_received(self, data: bytes) -> None:
        data = self._unread + data
        if not self.welcomed.done() and data.startswith(b"HTTP"):
            head, whole, rest = data.partition(b"\r\n\r\n")
            if whole and not head.startswith(SWITCHED):
                raise ConnectionRefusedError(head.decode())
            data = rest if whole else data
        self._unread = data if data.startswith(b"HTTP") else self._frames(data)

    def _frames(self, data: bytes) -> bytes:
        """Take the whole frames; what is left."""
        at = 0
        while len(data) - at >= 2:
            size, start = data[at + 1], at + 2
            if size > 125:
                start += 2 if size == 126 else 8
                size = int.from_bytes(data[at + 2 : start])
            if len(data) < start + size:
                break
            self._frame(data[at], data[start : start + size])
            at = start + size
        return data[at:]

    def _frame(self, kind: int, payload: bytes) -> None:
        if kind == CLOSE:
            self.closes.append(int.from_bytes(payload[:2]))
        elif payload.startswith(b'{"type":"timeline"'):
            self.timeline = msgspec.json.decode(payload)
        elif payload.startswith(b'{"type":"welcome"'):
            message = msgspec.json.decode(payload)
            self.took = monotonic() - self._began
            self.session, self.id, self.timeline = message["session"], message["you"]["id"], message["timeline"]
            self.welcomed.set_result(message)


@asynccontextmanager
async def inside(clients: list[Client]) -> AsyncIterator[None]:
    """All of them come at once, and are gone after the block."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, len(clients) + SPARE_FILES), hard))
    try:
        await asyncio.gather(*[one.come() for one in clients])
        yield
    finally:
        for one in clients:
            one.cut()
        await asyncio.sleep(0)  # asyncio closes them in its next turn
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
