"""The ASGI lifespan: what starts with the web process and ends with it."""

import gc
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
        settle_memory()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for step in self.stop:
            await step()
        await send({"type": "lifespan.shutdown.complete"})


def settle_memory() -> None:
    """Take what start-up has made out of the garbage collector's sight.

    A full collection walks every object, Django's modules among them, and stops the event loop, hence every room,
    meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
