"""uvicorn's HTTP protocol, with a way for parts of files to the socket that leads through the kernel alone.

`scope["extensions"]["watchparty.outlet"]` is the `Outlet` of the request's answer. Once the answer's head is sent, the
application may have bytes of a file sent by it instead of reading them and giving them to ASGI's `send`: a film is then
neither copied into this process nor out of it. Made for uvicorn 0.54; tests/watchparty/test_outlet.py keeps what it
relies on. Other servers have no such extension, and get chunks.
"""

import asyncio
import errno
import os
import socket
from concurrent.futures import Executor
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

EXTENSION = "watchparty.outlet"

PIECE_BYTES = 1024 * 1024
"""What a thread sends in one go: about what a socket's buffer takes."""

HEAD_SECONDS = 0.002
"""Between two looks whether the head has left; nearly always it has at the first."""

LOST = frozenset({errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN})
"""What the kernel says of a peer whose network is gone; Python counts none of them among ConnectionError."""


class Outlet:
    """The socket of one answer, beside its transport. Not for TLS, whose bytes are not those of the file."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._socket: socket.socket | None = None
        self._sending: asyncio.Future[int] | None = None

    async def open(self) -> bool:
        """Wait until the head is in the kernel. False: nobody is there any more."""
        # uvloop writes when the current turn of the loop is over, and only then tells what is left of it.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        while self._cycle.transport.get_write_buffer_size() and not self._gone():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(HEAD_SECONDS)
        if self._gone():
            return False
        # Of our own: the loop has the other one registered, and may close it at any time.
        descriptor = os.dup(self._cycle.transport.get_extra_info("socket").fileno())
        self._socket = socket.socket(fileno=descriptor)
        return True

    async def send(self, readers: Executor, file: int, first: int, length: int, wait: float) -> int:
        """Send bytes of the file with that descriptor, as many as the socket takes, from ``first`` on.

        How many they were: 0 when it took none for ``wait`` seconds. Raises ConnectionError, EOFError (the file is
        shorter).
        """
        assert self._socket is not None
        if self._gone():
            raise ConnectionResetError
        loop = asyncio.get_running_loop()
        target, length = self._socket.fileno(), min(length, PIECE_BYTES)
        # In a thread: what isn't in memory comes from the disk.
        self._sending = loop.run_in_executor(readers, _sent, target, file, first, length)
        try:
            sent = await asyncio.shield(self._sending)
        except ConnectionError:
            self._cycle.transport.close()
            self._gone()
            raise
        if sent < 0:
            await self._writable(loop, target, wait)
            return 0
        self._cycle.expected_content_length -= sent
        return sent

    async def _writable(self, loop: asyncio.AbstractEventLoop, target: int, wait: float) -> None:
        woken = asyncio.Event()
        loop.add_writer(target, woken.set)
        try:
            async with asyncio.timeout(wait):
                await woken.wait()
        except TimeoutError:
            return
        finally:
            loop.remove_writer(target)

    async def close(self) -> None:
        """When what a thread still does is done: its descriptors would become somebody else's."""
        if self._sending is not None and not self._sending.done():
            await asyncio.wait([self._sending])
        if self._socket is not None:
            self._socket.close()

    def _gone(self) -> bool:
        if self._cycle.transport.is_closing():
            # The server has not seen it yet, and would take the answer for one that is too short.
            self._cycle.disconnected = True
        return self._cycle.disconnected


def _sent(target: int, file: int, first: int, length: int) -> int:
    """-1 when the socket takes nothing now."""
    try:
        sent = os.sendfile(target, file, first, length)
    except BlockingIOError:
        return -1
    except OSError as error:
        if error.errno in LOST:
            raise ConnectionAbortedError(*error.args) from error
        raise
    if not sent:
        raise EOFError
    return sent


class FileProtocol(HttpToolsProtocol):
    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        cycle: Any = self.cycle
        plain = self.scheme == "http" and self.transport.get_extra_info("sslcontext") is None
        if plain and cycle is not None and cycle.scope is self.scope:
            # Its task has been made, but not begun.
            self.scope["extensions"] = {EXTENSION: Outlet(cycle)}
