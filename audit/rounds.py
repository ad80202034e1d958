"""The worker's rounds, in a thread of their own: however long its jobs are, nothing keeps it from looking.

Each worker makes them, and knows by its own clock when: who writes to the database can't tell it not to.
"""

import logging
import time
from typing import NoReturn

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from audit import alarms
from audit.waiting import Waiting
from audit.watch import watch_unless_away

STEP_SECONDS = 1.0
logger = logging.getLogger(__name__)


class Rounds:
    def __init__(self) -> None:
        self._waiting = Waiting()
        self._due = 0.0

    def step(self, now: float) -> None:
        """Miss what is gone from what waited; and look at the rest where that is due, at the first step too.

        ``now`` are seconds of a clock that only goes forward.
        """
        alarms.raise_alarms(self._waiting.missed(timezone.now()))
        if now >= self._due:
            self._due = now + settings.AUDIT_WATCH_SECONDS
            watch_unless_away()


def make_rounds() -> NoReturn:
    """For as long as the process lives."""
    rounds = Rounds()
    while True:
        pause = STEP_SECONDS
        try:
            rounds.step(time.monotonic())
        except Exception:  # the database is away, for one; whatever it is, the next look must come
            logger.exception("The audit trail could not be looked at")
            pause = settings.AUDIT_WATCH_SECONDS
        finally:
            close_old_connections()
        time.sleep(pause)
