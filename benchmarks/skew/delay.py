"""A slow network in front of a server: each piece of data waits on its way, and stays in its order."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

PIECE = 64 * 1024
# So much may be under way on one connection in one direction.
UNDER_WAY = 256
CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Delay:
    """One way, ms; ``jitter`` either side of it. ``up`` is from the page to the server."""

    up: float = 0.0
    down: float = 0.0
    jitter: float = 0.0


@asynccontextmanager
async def delayed(host: str, port: int, delay: Delay) -> AsyncIterator[int]:
    """The port of 127.0.0.1 behind which the server is that far away."""
    open_now: set[asyncio.Task[None]] = set()

    async def carry(client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_now.add(task)
        task.add_done_callback(open_now.discard)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                server, requests = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError):
            answers.close()
            return
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_way(client, requests, delay.up, delay.jitter))
                ways.create_task(_way(server, answers, delay.down, delay.jitter))
        finally:
            answers.close()
            requests.close()

    listener = await asyncio.start_server(carry, "127.0.0.1", 0)
    try:
        yield int(listener.sockets[0].getsockname()[1])
    finally:
        listener.close()
        for task in list(open_now):
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)


async def _way(source: asyncio.StreamReader, target: asyncio.StreamWriter, delay: float, jitter: float) -> None:
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(UNDER_WAY)
    async with asyncio.TaskGroup() as both:
        both.create_task(_read(source, under_way, delay, jitter))
        both.create_task(_write(under_way, target))


async def _read(
    source: asyncio.StreamReader, under_way: asyncio.Queue[tuple[float, bytes]], delay: float, jitter: float
) -> None:
    loop, due = asyncio.get_running_loop(), 0.0
    data = b"."
    while data:
        try:
            data = await source.read(PIECE)
        except OSError:
            data = b""
        # Never before what was sent earlier: TCP keeps the order.
        due = max(due, loop.time() + max(0.0, random.uniform(delay - jitter, delay + jitter)) / 1000)
        await under_way.put((due, data))


async def _write(under_way: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due, data = await under_way.get()
        await asyncio.sleep(due - loop.time())
        try:
            if not data:
                target.write_eof()
                return
            target.write(data)
            await target.drain()
        except (OSError, RuntimeError):
            # The other side has gone (ENOTCONN is no ConnectionError); what is still on its way is of no use to it.
            target.close()
            while data:
                _, data = await under_way.get()
            return
