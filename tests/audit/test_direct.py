"""Statements past psycopg's cursors, on a real PostgreSQL: they are in a transaction like any other."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import environ
import psycopg
import pytest
from django.db import IntegrityError, InternalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from audit.direct import Statement, ask

pytestmark = pytest.mark.django_db(transaction=True)

ALIAS = "direct"
PUT = Statement(b"test_put", b"INSERT INTO kept (id, word, at) VALUES ($1, $2, $3) RETURNING word")
GET = Statement(b"test_get", b"SELECT word FROM kept WHERE id = $1")
ONE, TWO = UUID(int=1), UUID(int=2)
AT = datetime(2026, 11, 23, 9, 0, 0, 1, UTC)


@pytest.fixture
def connect(postgres_url: str) -> Iterator[Callable[..., BaseDatabaseWrapper]]:
    """``connect(prepare_threshold=5)``: another connection, with Django's options, under ALIAS."""
    made: list[BaseDatabaseWrapper] = []

    def connect(**options: Any) -> BaseDatabaseWrapper:
        like = connections["default"].settings_dict | environ.Env.db_url_config(postgres_url) | {"OPTIONS": options}
        made.append(load_backend(like["ENGINE"]).DatabaseWrapper(like, ALIAS))
        connections[ALIAS] = made[-1]
        return made[-1]

    yield connect
    with connect().cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS kept")
    for database in made:
        database.close()
    del connections[ALIAS]


@pytest.fixture
def database(connect: Callable[..., BaseDatabaseWrapper]) -> BaseDatabaseWrapper:
    found = connect()
    with found.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (id uuid PRIMARY KEY, word text, at timestamptz)")
    return found


def rows(database: BaseDatabaseWrapper) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute("SELECT id, word, at FROM kept ORDER BY id")
        return list(cursor.fetchall())


def test_values_arrive_as_they_are(database: BaseDatabaseWrapper) -> None:
    assert ask(database, PUT, [ONE, "Zoë 🎬 ' %s $1 \\", AT]) == "Zoë 🎬 ' %s $1 \\"
    assert ask(database, PUT, [TWO, None, None]) is None
    assert rows(database) == [(ONE, "Zoë 🎬 ' %s $1 \\", AT), (TWO, None, None)]
    assert ask(database, GET, [UUID(int=3)]) is None


def test_a_text_that_would_be_cut_off_is_refused(database: BaseDatabaseWrapper) -> None:
    with pytest.raises(ValueError, match="NUL"):
        ask(database, PUT, [ONE, "half\0a word", AT])
    assert rows(database) == []


def test_the_first_statement_of_a_transaction_is_rolled_back_with_it(database: BaseDatabaseWrapper) -> None:
    with transaction.atomic(using=ALIAS):
        ask(database, PUT, [ONE, "lost", AT])
        assert ask(database, GET, [ONE]) == "lost"
        transaction.set_rollback(True, using=ALIAS)
    assert rows(database) == []


def test_what_is_rolled_back_to_a_savepoint_goes_and_only_that(database: BaseDatabaseWrapper) -> None:
    with transaction.atomic(using=ALIAS):
        ask(database, PUT, [ONE, "kept", AT])
        with transaction.atomic(using=ALIAS):
            ask(database, PUT, [TWO, "lost", AT])
            transaction.set_rollback(True, using=ALIAS)
    assert [word for _id, word, _at in rows(database)] == ["kept"]


def test_what_postgresql_refuses_ends_the_transaction(database: BaseDatabaseWrapper) -> None:
    with transaction.atomic(using=ALIAS):
        ask(database, PUT, [ONE, "lost", AT])
        with pytest.raises(IntegrityError, match="kept_pkey"):
            ask(database, PUT, [ONE, "again", AT])
        with pytest.raises(InternalError, match="transaction is aborted"):
            ask(database, PUT, [TWO, "lost", AT])
        transaction.set_rollback(True, using=ALIAS)
    assert rows(database) == []
    # The connection is as good as before, and so is what it has planned.
    ask(database, PUT, [TWO, "second", AT])


def test_each_connection_plans_it_once(
    database: BaseDatabaseWrapper, connect: Callable[..., BaseDatabaseWrapper]
) -> None:
    for one in (database, connect()):
        for _time in range(2):
            ask(one, GET, [ONE])
        with one.cursor() as cursor:
            cursor.execute("SELECT name FROM pg_prepared_statements")
            assert cursor.fetchall() == [("test_get",)]


def test_psycopg_may_plan_as_well(database: BaseDatabaseWrapper, connect: Callable[..., BaseDatabaseWrapper]) -> None:
    """After a rollback it has PostgreSQL forget all that is planned on the connection."""
    other = connect(prepare_threshold=5)
    for _time in range(2):
        with transaction.atomic(using=ALIAS):
            ask(other, GET, [ONE])
            with psycopg.Cursor(other.connection) as cursor:
                cursor.execute("SELECT 1", prepare=True)
            transaction.set_rollback(True, using=ALIAS)
    assert ask(other, PUT, [ONE, "kept", AT]) == "kept"
