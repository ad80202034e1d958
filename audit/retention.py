"""Old rows of the outbox go, where that is asked for (RETENTION_AUDIT_DAYS). The ledger keeps what they said.

1. all rows of a stretch that begins after the last mark are older than that, and stand in the ledger;
2. the stretch is verified: where anything is wrong that is an alarm, and nothing goes;
3. in one transaction the rows go, the signed mark rises (`audit.low_water`), and the ledger's next entry will say so.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from audit import alarms, ledger, low_water
from audit.facts import Fact
from audit.ledger.port import Ledger, LedgerBroken
from audit.models import OutboxEvent
from audit.services import record
from audit.verification import Report, verify
from audit.writers import LONGEST_PAUSE

MOST = 10_000
"""Rows at once, or some more."""


def remove_old(now: datetime) -> int:
    """How many rows went; call it again until none does. Raises LedgerUnavailable."""
    if not settings.RETENTION_AUDIT_DAYS:
        return 0
    before = now - timedelta(days=settings.RETENTION_AUDIT_DAYS)
    # What one that waits follows by its number must not go before it.
    if OutboxEvent.objects.filter(tx=None, at__lt=before + LONGEST_PAUSE).exists():
        return 0
    try:
        return sum(_remove_from(one, before) for one in ledger.every())
    except LedgerBroken as broken:
        alarms.raise_alarms([str(broken)])
        return 0


def _remove_from(one: Ledger, before: datetime) -> int:
    mark = low_water.of(one.name)
    rows = OutboxEvent.objects.filter(ledger=one.name, tx__gt=mark).order_by("tx")
    kept = rows.filter(at__gte=before).values_list("tx", flat=True).first()
    last = kept - 1 if kept else rows.values_list("tx", flat=True).last()
    if not last or last <= mark:
        return 0
    report = Report()
    end = verify(one, report, after=mark, is_enough=lambda: report.entries >= MOST)
    if report.findings:
        alarms.raise_alarms(f"{finding.event}: {finding.problem}" for finding in report.findings)
        return 0
    last = min(last, end or last)
    with transaction.atomic():
        gone, _of_each = OutboxEvent._base_manager.filter(ledger=one.name, tx__gt=mark, tx__lte=last).delete()
        low_water.rise(one.name, last)
        record(fact=Fact.AUDIT_TRIMMED, by=None, data={"ledger": one.name, "entry": last, "rows": gone})
    return gone
