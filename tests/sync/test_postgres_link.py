"""Connections to PostgreSQL leave nothing open behind."""

import asyncio
from contextlib import suppress
from pathlib import Path

from sync.store.postgres_link import Connections


def sockets() -> set[str]:
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.add(str(descriptor.readlink()))
    return {target for target in found if target.startswith("socket:")}


async def begun(work: "asyncio.Task[object]", before: set[str]) -> None:
    while sockets() == before:
        assert not work.done()
        await asyncio.sleep(0.01)


async def test_one_that_is_in_use_is_closed_when_it_has_answered(postgres_url: str):
    before = sockets()
    connections = Connections(postgres_url)
    work: asyncio.Task[object] = asyncio.create_task(connections.run("SELECT pg_sleep(0.3)"))
    await begun(work, before)
    await connections.close()
    await work
    assert sockets() == before


async def test_one_whose_work_was_given_up_is_closed(postgres_url: str):
    """While it connects, or while it waits for an answer."""
    before = sockets()
    for seconds in (0, 0.1):
        connections = Connections(postgres_url)
        work: asyncio.Task[object] = asyncio.create_task(connections.run("SELECT pg_sleep(1)"))
        await begun(work, before)
        await asyncio.sleep(seconds)
        work.cancel()
        await asyncio.wait({work})
        assert work.cancelled()
        await connections.close()
        assert sockets() == before
