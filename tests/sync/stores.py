"""Each adapter's store, for tests that all of them pass."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from sync.store import Store
from sync.store.failover import FailoverStore
from sync.store.memory import MemoryStore
from sync.store.postgres import PostgresStore
from sync.store.redis import RedisStore

Adapter = Callable[[pytest.FixtureRequest], Callable[[], Store]]
"""Given the test, how to make the store of one more process of a server that no other test uses."""


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
