"""Every AUDIT_WATCH_SECONDS, in the worker: is all still what was written? What isn't raises an alarm that stays.

A check of the whole may take longer than that, so it goes on where the last one ended, for a part of the time. The
trusted state, its copy outside and the seals of what waits are looked at every time.
"""

import time

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from audit import alarms, copies, ledger, seals
from audit.ledger.port import Ledger, LedgerBroken, LedgerUnavailable
from audit.models import OutboxEvent, ShipperState
from audit.records import record_of
from audit.verification import Report, verify

SHARE = 1 / 3
"""Of the time between two looks is spent on one, at the most."""
WAITING_LOOKED_AT = 10_000


def watch(seconds: float | None = None) -> Report:
    """What was found, for which alarms have been raised. Raises LedgerUnavailable, when they have been too."""
    state, _new = ShipperState.objects.get_or_create(id=1)
    one, report = ledger.current(), Report()
    deadline = time.monotonic() + (settings.AUDIT_WATCH_SECONDS * SHARE if seconds is None else seconds)
    # First what needs no ledger, which may be away.
    waiting = list(OutboxEvent.objects.filter(tx=None).order_by("number")[:WAITING_LOOKED_AT])
    problems = seals.problems(waiting, [record_of(event) for event in waiting])
    end = 0
    try:
        problems += _of_the_copy(one, state.copied)
        # Whatever is wrong with the copy's entry: what else was changed is to be told now too.
        end = verify(one, report, after=state.verified_to, is_enough=lambda: time.monotonic() > deadline)
    except LedgerBroken as broken:
        problems.append(str(broken))
    finally:
        problems += [_finding(finding.event, finding.problem) for finding in report.findings]
        alarms.raise_alarms(problems)
    verified_at = F("verified_at") if problems or end else timezone.now()
    ShipperState.objects.filter(id=1).update(verified_to=end, verified_at=verified_at)
    return report


def _of_the_copy(one: Ledger, copied: int) -> list[str]:
    try:
        problem = copies.problem(one, copied)
    except LedgerBroken as broken:
        problem = str(broken)
    return [problem] if problem else []


def watch_unless_away() -> Report | None:
    """None while the ledger doesn't answer: that is no tampering, and the shipper tells of it."""
    try:
        return watch()
    except LedgerUnavailable:
        return None


def _finding(event: str, problem: str) -> str:
    return f"{event}: {problem}" if event else problem
