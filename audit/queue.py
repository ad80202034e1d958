"""What waits in the outbox, oldest first, as the shipper reads it: a thousand rows at a time, each as it is hashed.

From PostgreSQL they come as texts, which are needed as such; making a UUID or a time of them, and a model, takes ten
times as long. That both ways give the same bytes shows each time: the seal was made of the model's.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from audit.ledger.port import Record
from audit.models import OutboxEvent
from audit.records import encoded, record_of

_WAITING = """
    SELECT number, event::text, fact, actor::text, room::text, subject, data::text,
    to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), personal, seal, writer::text, position
    FROM audit_outboxevent WHERE tx IS NULL AND number NOT BETWEEN %s AND %s ORDER BY number LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row: its number, what the ledger gets of it, and what shows that it wasn't edited; see audit.seals."""

    number: int
    record: Record
    seal: str
    writer: UUID | None
    position: int | None

    @property
    def event(self) -> UUID:
        return self.record.event


def waiting(most: int, behind: Sequence[Waiting] = ()) -> list[Waiting]:
    """The oldest, but for those from the first to the last of ``behind``."""
    first, last = (behind[0].number, behind[-1].number) if behind else (0, 0)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_WAITING, [first, last, most])
            return [_of_texts(*row) for row in cursor.fetchall()]
    rows = OutboxEvent.objects.filter(tx=None).exclude(number__range=(first, last)).order_by("number")
    return [Waiting(row.number, record_of(row), row.seal, row.writer, row.position) for row in rows[:most]]


def _of_texts(number: int, event: str, *texts: Any) -> Waiting:
    fact, actor, room, subject, data, at, personal, seal, writer, position = texts
    payload = encoded(event, fact, actor, room, subject, json.loads(data), at, personal)
    record = Record(UUID(event), payload)
    return Waiting(number, record, seal, _writer(writer), position)


@lru_cache(maxsize=1000)
def _writer(text: str | None) -> UUID | None:
    return UUID(text) if text else None
