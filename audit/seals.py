"""A seal and a number on each row of the outbox, made with it: neither an edit nor a removal before it is shipped goes
unseen.

One sequence for all rows would make all changes wait for each other. So each thread that writes numbers its own rows,
without gaps, whatever is rolled back: the next number follows the last that is there, or the last that this thread saw
committed. The seal covers the number. A row that is removed leaves a gap before the next one of its thread, and the
last one is known to the job that was asked to ship it.
"""

import os
import threading
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.ledger.chain import sign, signature_is_ours
from audit.ledger.port import Record
from audit.models import OutboxEvent
from audit.records import record_of

_KIND = "outbox"
LONGEST_PAUSE = timedelta(days=1)
"""After which a thread begins anew: what it wrote before that may have gone, for its age (`audit.retention`)."""


class _Writer(threading.local):
    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.process, self.id, self.given, self.committed = os.getpid(), uuid4(), 0, 0
        self.at = timezone.now()


_writer = _Writer()


def sealed(event: OutboxEvent) -> OutboxEvent:
    """Call it in the transaction that inserts the row, just before."""
    now = timezone.now()
    if _writer.process != os.getpid() or abs(now - _writer.at) > LONGEST_PAUSE:
        _writer.begin()
    _writer.at = now
    event.writer = _writer.id
    event.position = _writer.given = _last() + 1
    event.seal = seal_of(event)
    transaction.on_commit(lambda: _committed(event))
    return event


def _last() -> int:
    """The position of this thread's last row, in this transaction or committed."""
    if _writer.given == _writer.committed:
        return _writer.committed
    # The newest one is of this transaction, or was rolled back, or nobody heard whether it was.
    there = OutboxEvent.objects.filter(writer=_writer.id).aggregate(last=Max("position"))["last"] or 0
    return max(there, _writer.committed)


def seal_of(event: OutboxEvent) -> str:
    """Of all that is kept of it, its writer and position among that."""
    return sign(*_said(event, record_of(event)))


def _committed(event: OutboxEvent) -> None:
    if event.writer == _writer.id and event.position is not None:
        _writer.committed = max(_writer.committed, event.position)


def begin_anew() -> None:
    """This thread forgets what it wrote, because somebody put another database in the place of the last one."""
    _writer.begin()


def problems(events: Sequence[OutboxEvent], records: Sequence[Record]) -> list[str]:
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


def _said(event: OutboxEvent, record: Record) -> tuple[int | str, ...]:
    payload = record.payload.decode()
    # Rows from before there were numbers have seals of their own.
    return (_KIND, payload) if event.writer is None else (_KIND, str(event.writer), event.position or 0, payload)
