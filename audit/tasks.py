"""Shipping in the worker: soon after something happened, and each minute for what was left behind; and its rounds.

What they do is imported when they do it: keeping a fact asks for a task, and most of this keeps facts.
"""

import logging
import threading
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from huey import crontab
from huey.contrib.djhuey import HUEY, db_periodic_task, db_task

from audit.ledger.port import LedgerBroken, LedgerUnavailable

logger = logging.getLogger(__name__)
# Held for good by the thread that started first.
_began = threading.Lock()


@db_task()  # type: ignore[untyped-decorator] # huey has no annotations
def ship_soon(writer: UUID | None = None, position: int = 0) -> None:
    """Ship what waits, that row among it."""
    from audit import alarms, seals

    if writer and not seals.is_there(writer, position):
        said = _("Row %(position)d of the writer %(writer)s was removed from the outbox.")
        alarms.raise_alarms([said % {"position": position, "writer": writer}])
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


@HUEY.on_startup(name="audit")  # type: ignore[untyped-decorator]
def begin_rounds_once() -> None:
    """Called in each thread of the worker, of which the first one starts them."""
    from audit.rounds import make_rounds

    if _began.acquire(blocking=False):
        threading.Thread(target=make_rounds, name="audit rounds", daemon=True).start()


@db_periodic_task(crontab(minute="47", hour="4"))  # type: ignore[untyped-decorator]
def remove_old_rows() -> None:
    from audit.retention import remove_old

    try:
        while removed := remove_old(timezone.now()):
            logger.info("Removed %d old rows of the audit outbox", removed)
    except LedgerUnavailable as away:
        logger.warning("No old rows of the audit outbox were removed: %s", away)


def _keep_playback() -> None:
    from audit.playback import keep_held

    keep_held(timezone.now())


def _ship() -> None:
    from audit import lease
    from audit.shipping import ship

    try:
        ship()
    except LedgerUnavailable:
        # Told in the log. The minute is long, and a new event may come too early, or never.
        ship_soon.schedule(delay=lease.seconds_left(lease.now()) + 1)
    except LedgerBroken:
        # The alarm is raised. The next minute tries again, for an operator may have mended it.
        return
