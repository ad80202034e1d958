"""What one connection asks for that may wait for the database: in its order, beside all else that it sends, for its
`clock` must not wait."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine

from sync.sockets import Connection
from watchparty.errors import Unavailable

logger = logging.getLogger(__name__)

MOST_WAITING = 60
"""As many as a connection may send in one burst."""

Work = Callable[[], Coroutine[None, None, None]]


class Turns:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: deque[Work] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        return self._task is not None

    def take(self, work: Work) -> None:
        """Do it after what was asked for before. Raises Unavailable if that is too much."""
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("What you sent before this has not been carried out yet; try again.")
        self._waiting.append(work)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def end(self) -> None:
        """The connection is gone: what came by it is done still."""
        if self._task is not None:
            await self._task

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._waiting[0]()
                self._waiting.popleft()
        except Exception:
            # Nobody knows what became of it: the client finds out when it comes back.
            logger.exception("What a connection asked for failed")
            self._waiting.clear()
            self._connection.abort()
        finally:
            self._task = None
