"""A seal and a number on each row of the outbox, made with it: neither an edit nor a removal before it is shipped goes
unseen.

One sequence for all rows would make all changes wait for each other. So each writer, one for a thread at a time
(`audit.writers`), numbers its own rows, without gaps, whatever is rolled back: the next number follows the last that is
there, or the last that it saw committed. The seal covers the number. A row that is removed leaves a gap before the next
one of its writer, and the last one is known to the job that was asked to ship it.
"""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Max
from django.utils.translation import gettext as _

from audit import writers
from audit.events import NewEvent
from audit.ledger.chain import sign, signature_is_ours
from audit.ledger.port import Record
from audit.models import OutboxEvent
from audit.records import record_of
from audit.writers import Writer

_KIND = "outbox"


def sealed(event: NewEvent, database: BaseDatabaseWrapper) -> NewEvent:
    """Call it in the transaction that inserts the row, just before."""
    writer = writers.mine()
    event.writer = writer.id
    event.position = position = writer.given = _last(writer) + 1
    event.seal = seal_of(event)
    database.on_commit(lambda: _committed(writer, position))
    return event


def _last(writer: Writer) -> int:
    """The position of its last row, in this transaction or committed."""
    if writer.given == writer.committed:
        return writer.committed
    # The newest one is of this transaction, or was rolled back, or nobody heard whether it was.
    there = OutboxEvent.objects.filter(writer=writer.id).aggregate(last=Max("position"))["last"] or 0
    return max(there, writer.committed)


def seal_of(event: OutboxEvent | NewEvent) -> str:
    """Of all that is kept of it, its writer and position among that."""
    return sign(*_said(event, record_of(event)))


def _committed(writer: Writer, position: int) -> None:
    writer.committed = max(writer.committed, position)


class Sealed(Protocol):
    """What a row has for it, whichever way it was read."""

    @property
    def event(self) -> UUID: ...
    @property
    def seal(self) -> str: ...
    @property
    def writer(self) -> UUID | None: ...
    @property
    def position(self) -> int | None: ...


def problems(events: Sequence[Sealed], records: Sequence[Record]) -> list[str]:
    """What is wrong with rows that wait, which are given in order, each with the record that is made of it."""
    edited = [
        _("The outbox's row of event %s was edited before it was shipped.") % event.event
        for event, record in zip(events, records, strict=True)
        if not signature_is_ours(event.seal, *_said(event, record))
    ]
    here = {(event.writer, event.position) for event in events}
    # By what comes before; a writer's first row has nothing before it.
    due = {
        (event.writer, event.position - 1): event.event
        for event in events
        if event.writer and event.position and event.position > 1
    }
    elsewhere = due.keys() - here
    if elsewhere:
        rows = OutboxEvent.objects.filter(
            writer__in={writer for writer, _position in elsewhere},
            position__in={position for _writer, position in elsewhere},
        )
        elsewhere -= set(rows.values_list("writer", "position"))
    gone = [_("A row of the outbox was removed before event %s.") % due[missing] for missing in elsewhere]
    return edited + sorted(gone)


def is_there(writer: UUID, position: int) -> bool:
    return OutboxEvent.objects.filter(writer=writer, position=position).exists()


def is_whole(event: OutboxEvent) -> bool:
    return signature_is_ours(event.seal, *_said(event, record_of(event)))


def _said(event: Sealed, record: Record) -> tuple[int | str, ...]:
    payload = record.payload.decode()
    # Rows from before there were numbers have seals of their own.
    return (_KIND, payload) if event.writer is None else (_KIND, str(event.writer), event.position or 0, payload)
