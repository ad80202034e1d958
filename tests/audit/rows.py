from audit.events import NewEvent
from audit.models import OutboxEvent


def row(event: NewEvent) -> OutboxEvent:
    """As it lies in the outbox."""
    return OutboxEvent.objects.get(event=event.event)
