"""Each test gets a server of its own, on services that nobody else uses."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from scripts.native import Redis
from tests.faults import figures
from tests.faults.stack import SECRET_KEY, Database, Stack, Web, through, together


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(tmp_path_factory.mktemp("faults"))
    try:
        made.start()
        yield made
    finally:
        made.postgres.stop()


NewStack = Callable[..., Stack]


@pytest.fixture
def new_stack(database: Database, tmp_path: Path) -> Iterator[NewStack]:
    """``new_stack(SYNC_HEARTBEAT_TIMEOUT="2")``: two web processes with a Redis and a database of their own.

    `redis` is used instead of a plain one; `by_way_of` is the port by which the last process reaches it; `environments`
    are further variables, for each process its own.
    """
    made: list[Stack] = []

    def start(
        *,
        redis: Redis | None = None,
        by_way_of: int | None = None,
        environments: tuple[dict[str, str], ...] = ({}, {}),
        **settings: str,
    ) -> Stack:
        name = f"faults_{uuid4().hex[:8]}"
        redis = redis or Redis(tmp_path / name / "redis")
        redis.start()
        url = redis.settings()["REDIS_URL"]
        shared = {
            "DATABASE_URL": database.new(name),
            "DATA": str(tmp_path / name / "data"),
            "SECRET_KEY": SECRET_KEY,
            **settings,
        }
        urls = [url] * (len(environments) - 1) + [through(url, by_way_of) if by_way_of else url]
        web = [
            Web(tmp_path / name / f"web{number}", shared | {"REDIS_URL": own} | more)
            for number, (own, more) in enumerate(zip(urls, environments, strict=True))
        ]
        stack = Stack(redis, database.postgres, web, database.parties)
        made.append(stack)
        together(web, "start")
        return stack

    yield start
    for stack in made:
        together(stack.web, "stop")
        stack.redis.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for figure in figures.told:
        terminalreporter.write_line(figure)
