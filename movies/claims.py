"""What a job of hours does with its claim on a row: it renews it, and tells how far it is."""

import logging
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.models import QuerySet
from django.utils import timezone

logger = logging.getLogger(__name__)

# How often the claim is renewed at the least; otherwise whenever there is progress to tell.
RENEWED_SECONDS = 20.0


class Cancelled(Exception):
    """The movie was deleted, or is worked on by another attempt now."""


def keeping(
    mine: Callable[[], QuerySet[Any]], until: Callable[[], datetime], what: str
) -> Callable[[float | None], None]:
    """To be called with the progress now and then. It raises Cancelled once ``mine`` gives no row, which are those of
    this attempt. ``until``: how long a claim lasts that is made now;
    ``what`` is worked on, for the log.

    Hours of work aren't given up for a database that is away for a moment: only when the claim may have run out.
    """
    told: float | None = None
    renewed, ends = monotonic(), until()

    def keep(progress: float | None) -> None:
        nonlocal told, renewed, ends
        try:
            if progress == told and monotonic() < renewed + RENEWED_SECONDS:
                still = mine().exists()
            else:
                held = until()
                still = bool(mine().update(progress=progress, held_until=held))
                told, renewed, ends = progress, monotonic(), held
        except (InterfaceError, OperationalError) as error:
            if timezone.now() > ends:
                raise
            logger.warning("How far %s is can't be told now: %s", what, error)
            # (Within a transaction: in tests.)
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            return
        if not still:
            raise Cancelled

    return keep
