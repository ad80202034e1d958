"""From the outbox into the ledger, in order.

1. this process takes the lease, or somebody else ships;
2. the oldest unshipped events are read, and their seals looked at;
3. the ledger appends them, and says where each one stands; those that it has already keep their place;
4. the outbox notes it, in one transaction with the renewal of the lease;
5. the copy of the trusted state is written, at the end and each second before it.

Where there is a backlog, 2 of the next batch and 4 of the one before are done while the ledger has one. Killed after 3,
the same batch is offered again and nothing is doubled, because the event's id is the ledger's key.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from uuid import UUID

from django.db import transaction

from audit import alarms, copies, lease, ledger, seals
from audit.beside import beside
from audit.ledger.local import LocalLedger
from audit.ledger.port import Ledger, LedgerBroken, LedgerUnavailable
from audit.models import OutboxEvent, ShipperState
from audit.queue import Waiting, waiting
from audit.rows import note_places

BATCH = 1000
COPY_SECONDS = 1.0
logger = logging.getLogger(__name__)


def ship() -> int:
    """Ship all that waits; how many events that were, 0 too where another process ships or a failure is recent.

    Raises LedgerBroken (and an alarm) and LedgerUnavailable; what isn't shipped stays for next time.
    """
    if not OutboxEvent.objects.filter(tx=None).exists() or not lease.take(lease.now()):
        return 0
    into = ledger.current()
    try:
        return _ship_all(into)
    except LedgerBroken as broken:
        alarms.raise_alarms([str(broken)])
        lease.back_off(str(broken), lease.now())
        raise
    except LedgerUnavailable as away:
        wait = lease.back_off(str(away), lease.now())
        logger.warning("The audit ledger is away, trying again in %.0f s: %s", wait, away)
        raise
    finally:
        lease.release()


def _ship_all(into: Ledger) -> int:
    shipped, copied_at, who = 0, time.monotonic(), lease.holder()
    batch = _read()
    # The local ledger would wait for the same database.
    with beside(is_worth_it=len(batch) == BATCH and into.name != LocalLedger.name) as do:
        noted: Future[bool] | None = None
        while batch:
            ahead = do(partial(_read, batch))
            placed = into.append([row.record for row in batch])
            if noted and not noted.result():
                # Another worker has taken over, and notes it itself.
                return shipped
            noted = do(partial(_note, into.name, batch, placed, who))
            shipped += len(batch)
            batch = ahead.result()
            if not batch:
                if not noted.result():
                    return shipped
                batch = _read()
            if not batch or time.monotonic() - copied_at >= COPY_SECONDS:
                _copy(into)
                copied_at = time.monotonic()
    return shipped


def _read(behind: Sequence[Waiting] = ()) -> list[Waiting]:
    """The oldest that wait, but for those that are with the ledger now."""
    rows = waiting(BATCH, behind)
    alarms.raise_alarms(seals.problems(rows, [row.record for row in rows]))
    return rows


def _note(name: str, batch: Sequence[Waiting], placed: Mapping[UUID, int], who: str) -> bool:
    """Whether the lease was still ours."""
    with transaction.atomic():
        if not lease.renew(lease.now(), who):
            return False
        note_places(name, [(row.number, placed[row.event]) for row in batch])
    return True


def _copy(into: Ledger) -> None:
    head = into.head()
    if head is None:
        return
    try:
        copies.write(into.name, head)
    except OSError as error:
        logger.warning("The copy of the audit ledger's trusted state could not be written: %s", error)
    else:
        ShipperState.objects.filter(id=1).update(copied=head.tx)
