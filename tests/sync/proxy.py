"""A way to a server that is slow, or brings everything in crumbs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def proxy(port: int, *, up: float = 0.0, down: float = 0.0, crumb: int = 65536) -> AsyncIterator[int]:
    """The port of a proxy to `port` on this machine: `up` and `down` are seconds each way, `crumb` the most bytes that
    arrive at once."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def read() -> None:
            while data := await reader.read(crumb):
                queue.put_nowait((loop.time() + delay, data))
            queue.put_nowait((0.0, b""))

        async with asyncio.TaskGroup() as group:
            group.create_task(read())
            while True:
                at, data = await queue.get()
                if not data:
                    break
                await asyncio.sleep(max(0.0, at - loop.time()))
                writer.write(data)
                await writer.drain()
        writer.close()

    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        ways = [carry(reader, far_writer, up), carry(far_reader, writer, down)]
        # A connection that is cut ends with errors on both ways; that is what it is for.
        try:
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            serving.discard(task)
            for each in (writer, far_writer):
                each.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
