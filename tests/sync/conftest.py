"""An engine for all tests of this run, engines with other settings, rooms that no other test uses, or in processes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import uvloop
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from environ import FileAwareEnv
from pytest_django import DjangoDbBlocker

from scripts.native import Postgres
from sync import chat
from sync.live import Live
from sync.peers import Peers
from sync.signals import journaled
from sync.store import Store
from tests.sync.alone import SETTINGS, Log, NoItems
from tests.sync.harness import Engine
from tests.sync.processes import LIMITS, Lines, NewProcess, Process, Quiet
from tests.sync.stores import SHARED

Loops = dict[str, Callable[[], asyncio.AbstractEventLoop]]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Loops:
    """Modules with `ON_BOTH_LOOPS` run on the loop of production too: it differs in what it does first after a
    standstill, and in when it writes."""
    loops: Loops = {"asyncio": asyncio.new_event_loop}
    if isinstance(item, pytest.Function) and getattr(item.module, "ON_BOTH_LOOPS", False):
        loops["uvloop"] = uvloop.new_event_loop
    return loops


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    started = Engine(tmp_path_factory.mktemp("engine") / "data").start()
    yield started
    started.stop()


@pytest.fixture
def new_engine(tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    """`new_engine(SYNC_HEARTBEAT_TIMEOUT="1")`: an engine of the test's own."""
    started: list[Engine] = []

    def start(server: str = "uvicorn", **settings: str) -> Engine:
        started.append(Engine(tmp_path / f"data{len(started)}", server, **settings))
        return started[-1].start()

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def no_other_app_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal is told to the test alone: the engine knows ids of any form, the apps above it UUIDs."""
    monkeypatch.setattr(journaled, "receivers", [])


@pytest.fixture
def room() -> str:
    return f"room-{uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def with_tables(django_db_blocker: DjangoDbBlocker) -> Callable[[str], str]:
    """``with_tables(url)``: the URL again, of an empty PostgreSQL database in which the engine's tables are now."""

    def migrate(url: str) -> None:
        alias = f"of-{uuid4().hex}"
        connections.databases[alias] = connections.databases["default"] | FileAwareEnv.db_url_config(url)
        connections.databases[alias]["OPTIONS"] = {}
        executor = MigrationExecutor(connections[alias])
        executor.migrate(executor.loader.graph.leaf_nodes("sync"))
        connections[alias].close()
        del connections[alias], connections.databases[alias]

    def make(url: str) -> str:
        # In a thread of its own: who asks may run on an event loop, where Django refuses.
        with django_db_blocker.unblock(), ThreadPoolExecutor(1) as thread:
            thread.submit(migrate, url).result()
        return url

    return make


@pytest.fixture(scope="session")
def engine_database(with_tables: Callable[[str], str], postgres_url: str) -> str:
    """The URL of a database for all tests of this run that empty it before use."""
    return with_tables(postgres_url)


@pytest.fixture
def empty_database(engine_database: str) -> str:
    """The URL of a database with the engine's tables and no row in them."""
    tables = "sync_timeline, sync_epoch, sync_journal, sync_applied, sync_person, sync_message, sync_process"
    with psycopg.connect(engine_database) as connection:
        connection.execute(f"TRUNCATE {tables}")
    return engine_database


@pytest.fixture
def postgres_with_tables(new_postgres: Callable[[], Postgres], with_tables: Callable[[str], str]) -> Postgres:
    """A PostgreSQL of the test's own, to kill, with the engine's tables."""
    service = new_postgres()
    with_tables(service.settings()["DATABASE_URL"])
    return service


@pytest.fixture
async def log() -> Log:
    return Lines()


@pytest.fixture(params=SHARED, ids=lambda adapter: adapter.__name__)
async def process(request: pytest.FixtureRequest, log: Log) -> AsyncIterator[NewProcess]:
    store: Callable[[], Store] = request.param(request)
    started: list[Live] = []

    async def start() -> Process:
        live = Live(store=store(), archive=Quiet(), limits=LIMITS)
        live.peers = Peers(live, log)
        started.append(live)
        room = await live.open(SETTINGS, NoItems())
        await chat.newest(room, log)
        return Process(live, room)

    yield start
    for live in started:
        for room in list(live.rooms.values()):
            await live.close(room)
        await live.store.stop()


@pytest.fixture
async def here(process: NewProcess) -> Process:
    return await process()


@pytest.fixture
async def there(process: NewProcess, here: Process) -> Process:
    return await process()
