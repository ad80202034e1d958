"""Stores as tests use them: each adapter's, and a listener that remembers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest

from sync.store import Entry, Store
from sync.store.failover import FailoverStore
from sync.store.memory import MemoryStore
from sync.store.postgres import PostgresStore
from sync.store.redis import RedisStore
from sync.timeline import Timeline

Adapter = Callable[[pytest.FixtureRequest], Callable[[], Store]]
"""Given the test, how to make the store of one more process of a server that no other test uses."""


@dataclass
class Heard:
    """A listener that writes down what it is told."""

    told_of: list[tuple[Any, ...]] = field(default_factory=list)
    misses: int = 0

    def committed(self, room: str, timeline: Timeline, entry: Entry) -> None:
        self.told_of.append((room, timeline, entry))

    def seen(self, room: str, id: str, record: bytes | None) -> None:
        self.told_of.append((room, id, record))

    def told(self, room: str, message: bytes) -> None:
        self.told_of.append((room, message))

    def missed(self) -> None:
        self.misses += 1


async def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until that holds; fails if it doesn't within `seconds`."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.005)


async def first_epoch(found: int | None = None) -> int:
    return found or 1


def memory(request: pytest.FixtureRequest) -> Callable[[], Store]:
    return lambda: MemoryStore(first_epoch)


def redis(request: pytest.FixtureRequest) -> Callable[[], Store]:
    url, prefix = request.getfixturevalue("redis_url"), f"{uuid4().hex}:"
    return lambda: RedisStore(url, first_epoch, prefix=prefix)


def postgres(request: pytest.FixtureRequest) -> Callable[[], Store]:
    url = request.getfixturevalue("empty_database")
    return lambda: PostgresStore(url, process=uuid4().hex)


def failover(request: pytest.FixtureRequest) -> Callable[[], Store]:
    redis_url, url = request.getfixturevalue("redis_url"), request.getfixturevalue("empty_database")
    prefix = f"{uuid4().hex}:"
    return lambda: FailoverStore(redis_url, url, prefix=prefix)


SHARED: list[Adapter] = [redis, postgres, failover]
"""Those that several processes can share."""

ADAPTERS: list[Adapter] = [memory, *SHARED]
