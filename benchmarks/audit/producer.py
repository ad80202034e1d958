"""Facts as many people at once make them.

Rows are as `audit.services.record` makes them, number and seal and all, but inserted by one statement for many: one by
one, and by the ORM, the inserting itself would be what is measured.
"""

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


class Producer:
    def __init__(self) -> None:
        self._writer = uuid4()
        self._position = 0

    def put(self, count: int) -> None:
        """So many, committed."""
        from django.db import connection
        from django.utils import timezone

        from audit import seals
        from audit.facts import Fact
        from audit.models import OutboxEvent

        row = OutboxEvent(fact=Fact.MEMBER_JOINED.value, data=DATA, writer=self._writer)
        rows: list[list[Any]] = []
        for _row in range(count):
            self._position += 1
            row.event, row.actor, row.room, row.subject = uuid4(), uuid4(), uuid4(), str(uuid4())
            row.at, row.position = timezone.now(), self._position
            row.seal = seals.seal_of(row)
            rows.append([TEXT if name == "data" else getattr(row, name) for name in COLUMNS])
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
