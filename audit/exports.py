"""What the audit trail holds about a person, for the export of their data."""

from typing import Any

from accounts.exports import register_exporter
from accounts.models import User
from audit.models import OutboxEvent
from audit.personal import read


def _audit(user: User) -> list[dict[str, Any]]:
    """The entries with something personal of theirs, decrypted, oldest first."""
    events = list(OutboxEvent.objects.filter(subject=str(user.pk)).exclude(personal="").order_by("number"))
    found = read(events)
    return [
        {
            "event": event.event,
            "fact": event.fact,
            "at": event.at,
            "data": event.data,
            "personal": dict(found[event.event].fields),
        }
        for event in events
    ]


register_exporter("audit", _audit)
