"""One shipper at a time, whichever worker it is; and none for a while after the ledger didn't answer."""

import os
import socket
import threading
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from audit.models import ShipperState

HELD = timedelta(seconds=60)
"""Longer than a batch can take: three calls of 10 s and what the database needs."""
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 10.0


def holder() -> str:
    """This thread: a worker's jobs and its rounds are threads of one process."""
    return f"{socket.gethostname()[:35]}:{os.getpid()}:{threading.get_native_id()}"


def take(now: datetime) -> bool:
    """Whether this thread ships now: nobody else holds it, and the last failure is long enough ago."""
    ShipperState.objects.get_or_create(id=1)
    free = Q(until=None) | Q(until__lt=now) | Q(holder=holder())
    due = Q(not_before=None) | Q(not_before__lte=now)
    return bool(ShipperState.objects.filter(free & due, id=1).update(holder=holder(), until=now + HELD))


def renew(now: datetime, who: str) -> bool:
    """Whether ``who`` has it still; call it in the transaction of what it protects."""
    mine = ShipperState.objects.filter(id=1, holder=who, until__gte=now)
    return bool(mine.update(until=now + HELD, failures=0, not_before=None, error="", shipped_at=now))


def release() -> None:
    ShipperState.objects.filter(id=1, holder=holder()).update(until=None)


def back_off(error: str, now: datetime) -> float:
    """The seconds for which nobody tries: twice as many each time, up to ten."""
    ShipperState.objects.filter(id=1).update(failures=F("failures") + 1, error=error[:500])
    failures = ShipperState.objects.values_list("failures", flat=True).get(id=1)
    wait = float(min(SHORTEST_WAIT * 2 ** min(failures - 1, 10), LONGEST_WAIT))
    ShipperState.objects.filter(id=1).update(not_before=now + timedelta(seconds=wait))
    return wait


def seconds_left(now: datetime) -> float:
    """Until somebody may try again."""
    until = ShipperState.objects.values_list("not_before", flat=True).filter(id=1).first()
    return max(0.0, (until - now).total_seconds()) if until else 0.0


def now() -> datetime:
    return timezone.now()
