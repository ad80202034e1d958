"""Which store the settings ask for."""

from typing import Any

import pytest
from environ import FileAwareEnv
from psycopg.conninfo import conninfo_to_dict
from pytest_django import Settings

from sync import engine
from sync.persistence import DatabaseArchive
from sync.store.failover import FailoverStore
from sync.store.memory import MemoryStore
from sync.store.redis import RedisStore

POSTGRES = FileAwareEnv.db_url_config("postgres://wp:p%40ss@db.example:5433/wp?sslmode=require")


@pytest.mark.parametrize(
    ("redis_url", "database", "kind"),
    [
        ("", None, MemoryStore),
        ("", POSTGRES, MemoryStore),
        ("redis://127.0.0.1:1/0", None, RedisStore),
        ("redis://127.0.0.1:1/0", POSTGRES, FailoverStore),
    ],
)
def test_the_store(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    redis_url: str,
    database: dict[str, Any] | None,
    kind: type,
):
    settings.REDIS_URL = redis_url
    if database is not None:
        monkeypatch.setitem(settings.DATABASES, "default", database)
    assert type(engine._store(DatabaseArchive())) is kind


def test_postgresql_is_reached_as_django_reaches_it():
    database = POSTGRES | {"OPTIONS": {"pool": {"min_size": 1}, "keepalives_idle": 10} | POSTGRES["OPTIONS"]}
    assert conninfo_to_dict(engine._conninfo(database)) == {
        "host": "db.example",
        "port": "5433",
        "dbname": "wp",
        "user": "wp",
        "password": "p@ss",
        "sslmode": "require",
        "keepalives_idle": "10",
    }
