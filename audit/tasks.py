"""Shipping and watching in the worker: soon after something happened, and each minute for what was left behind."""

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from audit.ledger.port import LedgerBroken, LedgerUnavailable
from audit.shipping import ship
from audit.watch import watch_unless_away


@db_task()  # type: ignore[untyped-decorator] # huey has no annotations
def ship_soon() -> None:
    _ship()


@db_task()  # type: ignore[untyped-decorator]
def keep_playback_soon() -> None:
    _keep_playback()


@db_periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
def keep_playback() -> None:
    _keep_playback()


@db_periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
def ship_what_waits() -> None:
    _ship()


@db_periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
def look_at_everything() -> None:
    watch_unless_away()


def _keep_playback() -> None:
    # Not at the top: keeping a fact asks for a task, too.
    from audit.playback import keep_held

    keep_held(timezone.now())


def _ship() -> None:
    try:
        ship()
    except LedgerUnavailable:
        # Told in the log, and tried again. A new event comes too early for that, and the minute may be long.
        ship_soon.schedule(delay=5)
    except LedgerBroken:
        # The alarm is raised. The next minute tries again, for an operator may have mended it.
        return
