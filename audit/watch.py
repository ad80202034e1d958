"""Each minute, in the worker: is everything still what was written? What isn't raises an alarm that stays.

A check of the whole may take longer than a minute, so it goes on where the last one ended, for some seconds each time.
The trusted state, its copy outside and the seals of what waits are looked at every time.
"""

import time

from django.db.models import F
from django.utils import timezone

from audit import alarms, copies, ledger, seals
from audit.ledger.port import LedgerBroken, LedgerUnavailable
from audit.models import OutboxEvent, ShipperState
from audit.verification import Report, verify

SECONDS = 20.0
WAITING_LOOKED_AT = 10_000


def watch(seconds: float = SECONDS) -> Report:
    """What was found, for which alarms have been raised. Raises LedgerUnavailable."""
    state, _new = ShipperState.objects.get_or_create(id=1)
    one, report = ledger.current(), Report()
    problems = []
    deadline = time.monotonic() + seconds
    try:
        if problem := copies.problem(one, state.copied):
            problems.append(problem)
    except LedgerBroken as broken:
        problems.append(str(broken))
    try:
        # Whatever is wrong with the copy's entry: what else was changed is to be told now too.
        end = verify(one, report, after=state.verified_to, is_enough=lambda: time.monotonic() > deadline)
    except LedgerBroken as broken:
        problems.append(str(broken))
        end = 0
    problems += [_finding(finding.event, finding.problem) for finding in report.findings]
    problems += seals.problems(list(OutboxEvent.objects.filter(tx=None).order_by("number")[:WAITING_LOOKED_AT]))
    alarms.raise_alarms(problems)
    verified_at = F("verified_at") if problems or end else timezone.now()
    ShipperState.objects.filter(id=1).update(verified_to=end, verified_at=verified_at)
    return report


def watch_unless_away() -> Report | None:
    """None while the ledger doesn't answer: that is no tampering, and the shipper tells of it."""
    try:
        return watch()
    except LedgerUnavailable:
        return None


def _finding(event: str, problem: str) -> str:
    return f"{event}: {problem}" if event else problem
