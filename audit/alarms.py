"""Alarms: raised once for each finding, open until an operator says that it was seen."""

import logging
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.facts import Fact
from audit.models import Alarm
from audit.services import record

# Somebody who rewrote everything should not fill the table as well.
MOST_OPEN = 100
LONGEST_REASON = 500
logger = logging.getLogger(__name__)


def raise_alarms(details: Iterable[str]) -> None:
    for detail in details:
        if unacknowledged().count() >= MOST_OPEN:
            return
        _alarm, new = Alarm.objects.get_or_create(detail=detail, acknowledged_at=None)
        if new:
            logger.error("Audit alarm: %s", detail)


def unacknowledged() -> QuerySet[Alarm]:
    return Alarm.objects.filter(acknowledged_at=None)


def acknowledge(alarms: QuerySet[Alarm], *, by: UUID | None, reason: str = "") -> int:
    """How many were open. What is still wrong raises a new one at the next check.

    ``reason`` is kept with the alarms alone: the ledger forgets nothing, and names are personal.
    """
    said = {"acknowledged_at": timezone.now(), "acknowledged_by": by, "reason": reason[:LONGEST_REASON]}
    with transaction.atomic():
        closed = alarms.filter(acknowledged_at=None).update(**said)
        if closed:
            record(fact=Fact.AUDIT_ACKNOWLEDGED, by=by, data={"alarms": closed})
    return closed
