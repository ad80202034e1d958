"""Facts as many people at once make them.

Rows are as `audit.services.record` makes them, number and seal and all, but sealed before, for the moment at which each
is due, and inserted by one statement for many: otherwise it would be measured how fast one process makes facts, which
many servers do.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

COLUMNS = {
    "event": "uuid",
    "fact": "text",
    "actor": "uuid",
    "room": "uuid",
    "subject": "text",
    "data": "jsonb",
    "at": "timestamptz",
    "writer": "uuid",
    "position": "bigint",
    "seal": "text",
}
DATA = {"role": "member"}
TEXT = '{"role": "member"}'


Row = list[Any]


class Producer:
    def __init__(self) -> None:
        self._writer = uuid4()
        self._position = 0

    def sealed(self, times: Iterable[datetime]) -> list[Row]:
        """A fact for each of these moments, which may lie ahead."""
        from audit import seals
        from audit.facts import Fact
        from audit.models import OutboxEvent

        row = OutboxEvent(fact=Fact.MEMBER_JOINED.value, data=DATA, writer=self._writer)
        rows: list[Row] = []
        for at in times:
            self._position += 1
            row.event, row.actor, row.room, row.subject = uuid4(), uuid4(), uuid4(), str(uuid4())
            row.at, row.position = at, self._position
            row.seal = seals.seal_of(row)
            rows.append([TEXT if name == "data" else getattr(row, name) for name in COLUMNS])
        return rows


def put(rows: Sequence[Row]) -> None:
    """Into the outbox, by one statement, committed."""
    from django.db import connection

    names = ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(COLUMNS))
            into = f"INSERT INTO audit_outboxevent ({names}) VALUES ({marks})"
            cursor.executemany(into, [[_as_sqlite_keeps(value) for value in each] for each in rows])
        else:
            columns = ", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())
            into = f"INSERT INTO audit_outboxevent ({names}) SELECT * FROM unnest({columns})"
            cursor.execute(into, [list(column) for column in zip(*rows, strict=True)])


def _as_sqlite_keeps(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    return str(value.replace(tzinfo=None)) if isinstance(value, datetime) else value
