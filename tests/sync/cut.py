"""A way to a server that can be cut and mended, as a network does."""

import asyncio
from urllib.parse import urlsplit


class Cut:
    """Passes connections on to the server of a URL; `url` leads through here."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._to = parts.hostname, parts.port
        self._parts = parts
        self._passing = True
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "Cut":
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        credentials, _, _ = self._parts.netloc.rpartition("@")
        netloc = f"{credentials}@127.0.0.1:{port}" if credentials else f"127.0.0.1:{port}"
        self.url = self._parts._replace(netloc=netloc).geturl()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        self._server.close()
        await self._server.wait_closed()

    def cut(self) -> None:
        self._passing = False
        for writer in list(self._writers):
            writer.transport.abort()

    def mend(self) -> None:
        self._passing = True

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._passing:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_connection(*self._to)
        self._writers |= {writer, there_writer}
        async with asyncio.TaskGroup() as both:
            both.create_task(_copy(reader, there_writer))
            both.create_task(_copy(there_reader, writer))
        self._writers -= {writer, there_writer}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # cut
    finally:
        writer.transport.abort()
