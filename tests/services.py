"""The real services that tests use, started by the code behind `scripts/services`. One that can't start fails the test.

Each test process has a Redis of its own (its channels are heard under every database number, so a number would not
keep two apart) and databases of its own in this checkout's PostgreSQL, which is started once and goes on running.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from scripts.native import Gcs, Immudb, Postgres, Redis, Smtp, Unavailable, services_folder
from scripts.native.service import ROOT


@pytest.fixture(scope="session")
def redis_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """This test process's Redis. Tests that kill, stop or empty it take `new_redis`."""
    service = Redis(tmp_path_factory.mktemp("services") / "redis")
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def redis_url(redis_service: Redis) -> str:
    return redis_service.settings()["REDIS_URL"]


@pytest.fixture
def new_redis(tmp_path: Path) -> Iterator[Callable[[], Redis]]:
    """``new_redis()``: a running Redis of the test's own, to `kill`, `pause`, `resume`, `stop` and `start`."""
    made: list[Redis] = []

    def start() -> Redis:
        made.append(Redis(tmp_path / f"redis{len(made)}"))
        made[-1].start()
        return made[-1]

    yield start
    for service in made:
        service.stop()


@pytest.fixture(scope="session")
def postgres_service() -> Postgres:
    """This checkout's PostgreSQL. Tests that kill or stop it take `new_postgres`."""
    start = [sys.executable, "scripts/services", "start", Postgres.name]
    done = subprocess.run(start, cwd=ROOT, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise Unavailable(done.stderr)
    return Postgres(services_folder() / Postgres.name)


@pytest.fixture(scope="session")
def postgres_url(postgres_service: Postgres) -> Iterator[str]:
    """An empty database for the tests of this process, which make their own tables in it."""
    name = f"test_{uuid4().hex[:12]}"
    postgres_service.create(name)
    yield postgres_service.url(name)
    postgres_service.drop(name)


@pytest.fixture
def new_database(postgres_service: Postgres) -> Iterator[Callable[[], str]]:
    """``new_database()``: the URL of an empty database of the test's own."""
    made: list[str] = []

    def create() -> str:
        made.append(f"test_{uuid4().hex[:12]}")
        postgres_service.create(made[-1])
        return postgres_service.url(made[-1])

    yield create
    for name in made:
        postgres_service.drop(name)


@pytest.fixture
def new_postgres(tmp_path: Path) -> Iterator[Callable[[], Postgres]]:
    """``new_postgres()``: a running PostgreSQL of the test's own, to `kill`, `pause`, `resume`, `stop` and `start`."""
    made: list[Postgres] = []

    def start() -> Postgres:
        made.append(Postgres(tmp_path / f"postgres{len(made)}"))
        made[-1].start()
        return made[-1]

    yield start
    for service in made:
        service.stop()


@pytest.fixture(scope="session")
def immudb_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Immudb]:
    """This test process's ImmuDB; each test takes a database of its own in it."""
    service = Immudb(tmp_path_factory.mktemp("services") / "immudb")
    service.start()
    yield service
    service.stop()


@pytest.fixture
def immudb_url(immudb_service: Immudb) -> str:
    """A database of the test's own, which is made when it is first written to."""
    return immudb_service.settings()["IMMUDB_URL"].rpartition("/")[0] + f"/t{uuid4().hex[:12]}"


@pytest.fixture
def new_immudb(tmp_path: Path) -> Iterator[Callable[[], Immudb]]:
    """``new_immudb()``: a running ImmuDB of the test's own, to `kill`, `pause`, `resume`, `stop` and `start`."""
    made: list[Immudb] = []

    def start() -> Immudb:
        made.append(Immudb(tmp_path / f"immudb{len(made)}"))
        made[-1].start()
        return made[-1]

    yield start
    for service in made:
        service.stop()


@pytest.fixture(scope="session")
def smtp_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Smtp]:
    service = Smtp(tmp_path_factory.mktemp("services") / "smtp")
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def gcs_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gcs]:
    """This test process's bucket, in which names are never used twice."""
    service = Gcs(tmp_path_factory.mktemp("services") / "gcs")
    service.start()
    yield service
    service.stop()
