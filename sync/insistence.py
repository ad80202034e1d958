"""Trying again what a store or a database that can't be reached now has to do with."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from math import inf
from time import monotonic

from django.db import Error as DatabaseTrouble

from sync.store import Unreachable
from watchparty.errors import Unavailable

logger = logging.getLogger(__name__)

Attempt = Callable[[], Awaitable[None]]


async def insist(
    what: str, attempt: Attempt, *, wanted: Callable[[], bool], again: float, seconds: float = inf
) -> None:
    """Attempt it until it succeeds, with pauses of `again` seconds, while it is `wanted` and for `seconds` at most."""
    deadline, told = monotonic() + seconds, False
    while wanted():
        try:
            await attempt()
            return
        except (Unavailable, Unreachable, DatabaseTrouble) as trouble:
            if monotonic() > deadline:
                logger.exception("%s: given up", what)
                return
            if not told:
                logger.warning("%s: not now, and tried again: %s", what, trouble)
                told = True
        await asyncio.sleep(again)
