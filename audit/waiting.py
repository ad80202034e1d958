"""What waits for long is remembered by the worker, outside of the database, so that it misses what goes before it is
shipped: a row that nothing of the same writer follows leaves no gap (see `audit.seals`).
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from audit.models import OutboxEvent

REMEMBERED_AFTER = timedelta(seconds=2)
"""Of waiting. What is shipped as usual costs nothing here."""
MOST = 10_000
_ASKED_AT_ONCE = 500


class Waiting:
    def __init__(self) -> None:
        self._seen: dict[int, UUID] = {}

    def missed(self, now: datetime) -> list[str]:
        """What is wrong since the last look: rows that waited then, and are neither waiting nor shipped now."""
        rows = OutboxEvent.objects.filter(tx=None, at__lte=now - REMEMBERED_AFTER).order_by("number")
        waits = dict(rows.values_list("number", "event")[:MOST])
        left = [number for number, event in self._seen.items() if waits.get(number) != event]
        shipped: set[UUID] = set()
        for start in range(0, len(left), _ASKED_AT_ONCE):
            some = OutboxEvent.objects.filter(number__in=left[start : start + _ASKED_AT_ONCE])
            shipped.update(some.values_list("event", flat=True))
        gone = [event for number in left if (event := self._seen[number]) not in shipped]
        self._seen = waits
        return [_("Event %s was removed from the outbox before it was shipped.") % event for event in gone]
