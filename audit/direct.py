"""Statements by libpq itself, planned once on a connection: on PostgreSQL, for those who wait while a fact is kept.

For a dozen values psycopg's cursor takes as long as PostgreSQL does, and Django's connections plan each statement anew.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Value = UUID | datetime | str | int | None


class Statement(NamedTuple):
    """Placeholders are $1, $2, …. The name is nobody else's."""

    name: bytes
    text: bytes


_known: WeakKeyDictionary[psycopg.Connection, set[bytes]] = WeakKeyDictionary()
"""The names of what each connection, which the pool gives to one after the other, has planned."""


def ask(database: BaseDatabaseWrapper, statement: Statement, values: Sequence[Value]) -> str | None:
    """The first value of the first row as text, None where there is no row; in the transaction that was begun, if any.

    PostgreSQL itself ends what takes too long (DATABASE_STATEMENT_SECONDS). Raises Django's database errors; ValueError
    for a text with a NUL, at which libpq would cut it off.
    """
    texts = [None if value is None else _text(value) for value in values]
    database.ensure_connection()
    connection: psycopg.Connection = database.connection
    with database.wrap_database_errors:
        if connection.pgconn.transaction_status != TransactionStatus.INTRANS:
            # psycopg sends the BEGIN of a transaction with its own first statement.
            connection.execute("SELECT 1")
        result = _run(connection, statement, texts)
    found = result.get_value(0, 0) if result.ntuples else None
    return None if found is None else found.decode()


def _run(connection: psycopg.Connection, statement: Statement, texts: list[bytes | None]) -> PGresult:
    pgconn: PGconn = connection.pgconn
    if connection.prepare_threshold is not None:
        # psycopg plans too, where it is told to, and after a rollback makes PostgreSQL forget all plans.
        return _checked(pgconn.exec_params(statement.text, texts))
    known = _known.setdefault(connection, set())
    if statement.name not in known:
        _checked(pgconn.prepare(statement.name, statement.text))
        known.add(statement.name)
    return _checked(pgconn.exec_prepared(statement.name, texts))  # type: ignore[arg-type] # its None is NULL, as there


def _checked(result: PGresult) -> PGresult:
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        raise error_from_result(result)
    return result


def _text(value: UUID | datetime | str | int) -> bytes:
    text = str(value).encode()
    if b"\0" in text:
        raise ValueError("PostgreSQL keeps no text with a NUL character.")
    return text
