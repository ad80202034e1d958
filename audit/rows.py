"""Rows written past the ORM, whose building of statements takes longer than the database does: for who waits for the
answer to a change, and for the shipper, whose thousand rows are one statement here.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

import msgspec
import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.direct import Statement, ask
from audit.events import NewEvent, canonical
from audit.models import HeldCommand, OutboxEvent, PersonalKey

# All but its number, which the database gives it, and its place, which it has none of yet.
_KEPT = ("event", "fact", "actor", "room", "subject", "data", "personal", "at", "seal", "writer", "position")
_FIELDS = {field.name: field for field in OutboxEvent._meta.concrete_fields}
_INSERT_EVENT = """
    INSERT INTO audit_outboxevent
    (event, fact, actor, room, subject, data, personal, at, seal, writer, position, ledger)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')
"""
_INSERT_DIRECT = Statement(
    b"audit_insert_event", (_INSERT_EVENT % tuple(f"${number}" for number in range(1, len(_KEPT) + 1))).encode()
)
_USER = PersonalKey._meta.get_field("user").target_field
_KEY = "SELECT wrapped FROM audit_personalkey WHERE user_id = %s"
_KEY_DIRECT = Statement(b"audit_wrapped_key", (_KEY % "$1").encode())

_INSERT_COLUMNS = """
    INSERT INTO audit_ledgerentry (tx, event, payload, previous, hash)
    SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::text[])
"""
_INSERT_ROW = "INSERT INTO audit_ledgerentry (tx, event, payload, previous, hash) VALUES (%s, %s, %s, %s, %s)"

# By a range, which no planner takes for a reason to read the whole table.
_NOTE = "UPDATE audit_outboxevent SET ledger = %s, tx = number + %s WHERE number BETWEEN %s AND %s"

_HOLD = """
    INSERT INTO audit_heldcommand (room, "user", second, seq, action, position_ms, told_at)
    SELECT told.*, %s FROM json_to_recordset(%s::json)
    AS told (room uuid, "user" uuid, second bigint, seq bigint, action text, position_ms bigint)
"""

Link = tuple[int, UUID, str, str, str]
"""Number, event, payload, hash before, hash."""


class Command(msgspec.Struct, frozen=True, gc=False):
    """As it is held: ids are texts, the second is the room clock's, since 1970."""

    room: str
    user: str
    second: int
    seq: int
    action: str
    position_ms: int


def insert_event(event: NewEvent, database: BaseDatabaseWrapper) -> None:
    """Into the outbox, in the transaction of the change."""
    if database.vendor == "postgresql":
        given = {"data": canonical(event.data).decode()}
        ask(database, _INSERT_DIRECT, [given.get(name, getattr(event, name)) for name in _KEPT])
        return
    values = [_FIELDS[name].get_db_prep_save(getattr(event, name), database) for name in _KEPT]
    with database.cursor() as cursor:
        cursor.execute(_INSERT_EVENT, values)


def wrapped_key(user: UUID) -> str | None:
    """What opens the personal part of what is kept about them; None where there is none yet."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "postgresql":
        return ask(database, _KEY_DIRECT, [user])
    with database.cursor() as cursor:
        cursor.execute(_KEY, [_USER.get_db_prep_save(user, database)])
        found = cursor.fetchone()
    return found[0] if found else None


def insert_links(links: Sequence[Link]) -> None:
    """Into the local ledger, in a transaction of the caller's."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_INSERT_COLUMNS, [list(column) for column in zip(*links, strict=True)])
        else:
            # SQLite has no column type for a UUID: Django keeps 32 hexadecimal digits.
            cursor.executemany(_INSERT_ROW, [(tx, event.hex, *rest) for tx, event, *rest in links])


def insert_held(commands: Sequence[Command], told_at: datetime) -> None:
    """Into the table of commands that are held, in a transaction of the caller's. Rooms are played in meanwhile, by the
    same process, and making hundreds of models would keep them waiting."""
    if connection.vendor == "postgresql":
        # One text: an array for each column would be quoted value by value, in Python.
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            cursor.execute(_HOLD, [told_at, msgspec.json.encode(commands).decode()])
        return
    rows = (HeldCommand(**msgspec.structs.asdict(command), told_at=told_at) for command in commands)
    HeldCommand.objects.bulk_create(rows, batch_size=500)


def note_places(ledger: str, places: Iterable[tuple[int, int]]) -> None:
    """Of rows of the outbox: (number of the row, entry in that ledger), in order of the numbers."""
    with connection.cursor() as cursor:
        cursor.executemany(_NOTE, [(ledger, *run) for run in runs(places)])


def runs(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """What has to be added, from which number to which: rows that follow each other as their entries do.

    Every number of a run is among those given, so that a row isn't noted that was committed late, between them.
    """
    for _same, numbered in groupby(enumerate(places), key=lambda each: (each[1][0] - each[0], each[1][1] - each[0])):
        run = [place for _index, place in numbered]
        (first, entry), (last, _entry) = run[0], run[-1]
        yield entry - first, first, last
