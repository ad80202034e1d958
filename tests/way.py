"""A way from one process to another that can be long, bring everything in crumbs, be cut, or swallow what is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self
from urllib.parse import urlsplit

from scripts.native import ports

UNDER_WAY = 10_000
"""Pieces that can be on a long way at once, in each direction."""


class Way:
    """Passes everything on to port `to` of this machine, from `port`, which is its own.

    It takes `up` seconds to there and `down` seconds back. `crumb`: the most bytes that arrive at once.
    """

    def __init__(self, to: int = 0, *, up: float = 0.0, down: float = 0.0, crumb: int = 65536) -> None:
        self.port = ports.pick()
        self.to = to
        self._up, self._down, self._crumb = up, down, crumb
        self._is_cut = False
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[Self]:
        server = await asyncio.start_server(self._pass_on, ports.LOOPBACK, self.port)
        try:
            yield self
        finally:
            server.close()
            self._abort()
            for task in list(self._passing):
                task.cancel()
            await asyncio.gather(*self._passing, return_exceptions=True)

    def leading(self, url: str) -> str:
        """The URL of a service, by this way."""
        parts = urlsplit(url)
        signed_in, at, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{signed_in}{at}{ports.LOOPBACK}:{self.port}").geturl()

    def block(self) -> None:
        """What is sent vanishes, and nobody is told."""
        self._open.clear()

    def cut(self) -> None:
        """Connections break, and new ones are refused."""
        self._is_cut = True
        self._abort()

    def clear(self) -> None:
        """Connections from before are lost: what was under way has been given up long since."""
        self._abort()
        self._is_cut = False
        self._open.set()

    def _abort(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        self._writers.add(writer)
        try:
            if self._is_cut:
                return
            await self._open.wait()
            with suppress(OSError):
                there, away = await asyncio.open_connection(ports.LOOPBACK, self.to)
                self._writers.add(away)
                try:
                    await asyncio.gather(self._carry(reader, away, self._up), self._carry(there, writer, self._down))
                finally:
                    away.transport.abort()
                    self._writers.discard(away)
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            self._passing.discard(task)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, delay: float) -> None:
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(UNDER_WAY)

        async def read() -> None:
            data = b"-"
            while data:
                try:
                    data = await source.read(self._crumb)
                except OSError:
                    data = b""
                await under_way.put((loop.time() + delay, data))

        reading = loop.create_task(read())
        try:
            while (piece := await under_way.get())[1]:
                await asyncio.sleep(max(0.0, piece[0] - loop.time()))
                if self._open.is_set():
                    sink.write(piece[1])
                    await sink.drain()
        except OSError:
            sink.transport.abort()  # broken while it was being written to
        finally:
            reading.cancel()
            sink.close()
