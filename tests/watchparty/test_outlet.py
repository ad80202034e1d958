"""Bytes of a file on their way to the socket through the kernel, between what uvicorn itself sends on it."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.live import free_port
from tests.waiting import PATIENCE
from watchparty.outlet import EXTENSION, PIECE_BYTES, Outlet

SIZE = 32 * PIECE_BYTES + 5
Serve = Callable[[Outlet], Awaitable[None]]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("outlet") / "film"
    path.write_bytes(os.urandom(PIECE_BYTES) * 32 + b"close")
    return path


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[int]:
    """The port of a uvicorn whose every answer says that it has SIZE bytes, and has `serve` send them."""

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"%d" % SIZE)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await serve(scope["extensions"][EXTENSION])
        await send({"type": "http.response.body"})

    port = free_port()
    config = uvicorn.Config(
        app, port=port, http="watchparty.outlet:FileProtocol", lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await task


def all_of(file: Path, readers: ThreadPoolExecutor) -> Serve:
    """Sends the whole file."""

    async def serve(outlet: Outlet) -> None:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            sent = 0
            if await outlet.open():
                while sent < SIZE:
                    sent += await outlet.send(readers, descriptor, sent, SIZE - sent, PATIENCE)
        except ConnectionError:
            return
        finally:
            await outlet.close()
            os.close(descriptor)

    return serve


async def ask(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    return reader, writer


async def test_it_works(file: Path) -> None:
    """Two requests in one write: their answers follow each other, whole."""
    with ThreadPoolExecutor(2) as readers:
        async with serving(all_of(file, readers)) as port, asyncio.timeout(PATIENCE):
            reader, writer = await ask(port)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in range(2):
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200 OK")
                assert await reader.readexactly(SIZE) == file.read_bytes()
            writer.close()


async def test_who_leaves_ends_it_without_an_error(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    through = asyncio.Semaphore(0)
    with ThreadPoolExecutor(2) as readers:
        whole = all_of(file, readers)

        async def serve(outlet: Outlet) -> None:
            await whole(outlet)
            through.release()

        async with serving(serve) as port, asyncio.timeout(PATIENCE):
            for read in (0, 1, 100_000, 8 * PIECE_BYTES):
                reader, writer = await ask(port)
                await reader.readexactly(read)
                writer.transport.abort()
                await through.acquire()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_who_takes_nothing_is_waited_for_no_longer_than_asked(file: Path) -> None:
    """So that whoever may no longer watch is found out meanwhile."""
    none_taken = asyncio.Event()

    async def serve(outlet: Outlet) -> None:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            sent = 0
            assert await outlet.open()
            while taken := await outlet.send(readers, descriptor, sent, SIZE - sent, 0.1):
                sent += taken
            none_taken.set()
            while sent < SIZE:
                sent += await outlet.send(readers, descriptor, sent, SIZE - sent, PATIENCE)
        finally:
            await outlet.close()
            os.close(descriptor)

    with ThreadPoolExecutor(2) as readers:
        async with serving(serve) as port, asyncio.timeout(PATIENCE):
            reader, writer = await ask(port)
            await none_taken.wait()
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(SIZE) == file.read_bytes()
            writer.close()


async def test_a_file_that_is_shorter_than_it_was_is_said(file: Path) -> None:
    said: list[type[Exception]] = []

    async def serve(outlet: Outlet) -> None:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            assert await outlet.open()
            await outlet.send(readers, descriptor, SIZE, 1, PATIENCE)
        except EOFError as error:
            said.append(type(error))
        finally:
            await outlet.close()
            os.close(descriptor)

    with ThreadPoolExecutor(1) as readers:
        async with serving(serve) as port, asyncio.timeout(PATIENCE):
            reader, writer = await ask(port)
            await reader.readuntil(b"\r\n\r\n")
            # What is missing is not made up for: the connection is cut.
            assert await reader.read() == b""
            writer.close()
    assert said == [EOFError]
