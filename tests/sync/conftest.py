"""An engine for all tests of this run, engines with other settings, and rooms that no other test uses."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import uvloop

from tests.sync.harness import Engine

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
def room() -> str:
    return f"room-{uuid4().hex[:8]}"
