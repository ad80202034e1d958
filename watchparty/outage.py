"""What to do while a service is down: not let everybody wait for its time-out."""

import logging
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)
PAUSE = 1.0


class Outage:
    """Remembers for a second that a service failed; meanwhile callers do without it. Any thread may use it."""

    def __init__(self, service: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._service = service
        self._clock = clock
        self._until: float | None = None

    def lasts(self) -> bool:
        return self._until is not None and self._clock() < self._until

    def failed(self, error: Exception) -> None:
        """It failed just now. The log says so once a second, not once a caller."""
        if not self.lasts():
            logger.warning("%s does not answer: %s", self._service, error)
        self._until = self._clock() + PAUSE
