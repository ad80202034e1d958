"""The ASGI lifespan: what starts with the web process and ends with it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Step = Callable[[], Awaitable[None]]


class Lifespan:
    """Answers the server's lifespan events (ASGI specification, "Lifespan Protocol")."""

    def __init__(self, *, start: Sequence[Step], stop: Sequence[Step]) -> None:
        self.start = start
        self.stop = stop

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Any]) -> None:
        await receive()
        for step in self.start:
            await step()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for step in self.stop:
            await step()
        await send({"type": "lifespan.shutdown.complete"})
