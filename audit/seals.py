"""A seal on each row of the outbox, made when it is written: an edit before it is shipped doesn't go unseen."""

from audit.ledger.chain import sign, signature_is_ours
from audit.models import OutboxEvent
from audit.records import record_of

_KIND = "outbox"


def sealed(event: OutboxEvent) -> OutboxEvent:
    event.seal = sign(_KIND, record_of(event).payload.decode())
    return event


def is_whole(event: OutboxEvent) -> bool:
    return signature_is_ours(event.seal, _KIND, record_of(event).payload.decode())
