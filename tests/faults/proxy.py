"""A way from one process to a service that can be blocked: what is sent vanishes, and nobody is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

from scripts.native import ports


class Way:
    """Passes everything on to `port`, from a port of its own."""

    def __init__(self) -> None:
        self.port = ports.pick()
        self.to = 0
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[Self]:
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            server.close()
            for writer in list(self._writers):
                writer.transport.abort()

    def block(self) -> None:
        self._open.clear()

    def clear(self) -> None:
        """Connections from before are lost: what was under way has been given up long since."""
        for writer in list(self._writers):
            writer.transport.abort()
        self._open.set()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        await self._open.wait()
        try:
            there, away = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            self._writers.discard(writer)
            writer.transport.abort()
            return
        self._writers.add(away)
        await asyncio.gather(self._copy(reader, away), self._copy(there, writer))
        self._writers -= {writer, away}

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if not self._open.is_set():
                    continue
                sink.write(data)
                await sink.drain()
        sink.transport.abort()
