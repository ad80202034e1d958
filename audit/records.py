"""An event as the bytes that the ledger keeps and hashes."""

import json
from datetime import UTC

from audit.ledger.port import Record
from audit.models import OutboxEvent


def record_of(event: OutboxEvent) -> Record:
    """Canonical JSON: sorted keys, no spaces, UTF-8, times in UTC to the microsecond."""
    content = {
        "event": str(event.event),
        "fact": event.fact,
        "actor": str(event.actor) if event.actor else None,
        "room": str(event.room) if event.room else None,
        "subject": event.subject,
        "data": event.data,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    if event.personal:
        # Not as an empty text where there is none: entries from before it have no such word.
        content["personal"] = event.personal
    payload = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Record(event=event.event, payload=payload.encode())
