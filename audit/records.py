"""An event as the bytes that the ledger keeps and hashes."""

from datetime import UTC
from typing import Any

from audit.events import NewEvent, canonical
from audit.ledger.port import Record
from audit.models import OutboxEvent


def record_of(event: OutboxEvent | NewEvent) -> Record:
    """As `encoded`, times in UTC to the microsecond."""
    payload = encoded(
        str(event.event),
        event.fact,
        str(event.actor) if event.actor else None,
        str(event.room) if event.room else None,
        event.subject,
        event.data,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.personal,
    )
    return Record(event=event.event, payload=payload)


def encoded(
    event: str, fact: str, actor: str | None, room: str | None, subject: str, data: Any, at: str, personal: str
) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8."""
    content = {
        "event": event,
        "fact": fact,
        "actor": actor,
        "room": room,
        "subject": subject,
        "data": data,
        "at": at,
    }
    if personal:
        # Not as an empty text where there is none: entries from before it have no such word.
        content["personal"] = personal
    return canonical(content)
