"""From the outbox into the ledger, in order.

1. the oldest unshipped events are read;
2. the ledger appends them, and says where each one stands; those that it has already keep their place;
3. the outbox notes it.

Killed after 2, the same batch is offered again and nothing is doubled, because the event's id is the ledger's key.
"""

from audit import ledger
from audit.models import OutboxEvent
from audit.records import record_of

BATCH = 500


def ship() -> int:
    """Ship all that waits; how many events that were. Raises LedgerBroken; what isn't shipped stays for next time."""
    shipped = 0
    while batch := list(OutboxEvent.objects.filter(tx=None).order_by("number")[:BATCH]):
        placed = ledger.current().append([record_of(event) for event in batch])
        for event in batch:
            event.tx = placed[event.event]
        OutboxEvent.objects.bulk_update(batch, ["tx"])
        shipped += len(batch)
    return shipped
