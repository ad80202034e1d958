"""A way to the server that goes dead: nothing passes any more, and neither end is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

from scripts.native import ports

FORGOTTEN_SECONDS = 60.0
"""So long the server's end of an abandoned connection stays open: it has to find out by itself."""


class Network:
    """Passes everything on to `to` (a port of this machine) from `port`."""

    def __init__(self, to: int) -> None:
        self.port = ports.pick()
        self._to = to
        self._alive: dict[int, asyncio.Event] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[Self]:
        server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            server.close()
            for writer in self._writers:
                writer.transport.abort()
            for alive in self._alive.values():
                alive.set()
            await asyncio.gather(*self._passing)

    def die(self, port: int) -> None:
        """For the connection that comes from that port."""
        self._alive[port].clear()

    def revive(self, port: int) -> None:
        """What was sent meanwhile arrives late, as TCP has it."""
        self._alive[port].set()

    def abandon(self, port: int) -> None:
        """The client has given the dead connection up."""
        asyncio.get_running_loop().call_later(FORGOTTEN_SECONDS, self._alive[port].set)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._pass_on(reader, writer))
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("peername")[1]
        alive = self._alive[port] = asyncio.Event()
        alive.set()
        self._writers.add(writer)
        try:
            there, away = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
        else:
            self._writers.add(away)
            await asyncio.gather(_copy(reader, away, alive), _copy(there, writer, alive))
            self._writers.discard(away)
        self._writers.discard(writer)
        if self._alive.get(port) is alive:
            del self._alive[port]


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter, alive: asyncio.Event) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            await alive.wait()
            sink.write(data)
            await sink.drain()
    await alive.wait()
    sink.transport.abort()
