"""What a process tells through PostgreSQL without waiting for it: in order, in batches, one transaction each."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from typing import LiteralString

from sync.store import Unreachable
from sync.store.postgres_link import Connections, Values

MOST = 10_000
"""Statements that wait while PostgreSQL is away. The oldest go first: records are put again once it is back."""

BATCH = 200
AGAIN = 0.1

logger = logging.getLogger(__name__)


class Outbox:
    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._waiting: deque[tuple[LiteralString, Values]] = deque(maxlen=MOST)
        self._some = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._send())

    async def stop(self) -> None:
        """Send what waits, if PostgreSQL takes it at once."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        try:
            while self._waiting:
                await self._send_some()
        except Unreachable as error:
            logger.warning("%d messages to other processes were not sent: %s", len(self._waiting), error)

    def add(self, statement: LiteralString, values: Values) -> None:
        self._waiting.append((statement, values))
        self._some.set()

    def clear(self) -> None:
        self._waiting.clear()

    async def _send(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            while self._waiting:
                try:
                    await self._send_some()
                except Unreachable:
                    await asyncio.sleep(AGAIN)

    async def _send_some(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        try:
            await self._connections.run_all(batch)
        except (Unreachable, asyncio.CancelledError):
            # Again, even if it was carried out: records and messages bear it.
            self._waiting.extendleft(reversed(batch[: MOST - len(self._waiting)]))
            raise
