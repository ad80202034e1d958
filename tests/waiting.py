"""Waiting for what another task, process or page does in its own time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable

PATIENCE = 20.0
"""Seconds that a test waits for what must come: many, for how busy the machine is must not decide. How fast it comes
is for benchmarks/ to measure."""
LOOK, SLOW_LOOK = 0.02, 0.05
"""Seconds between two looks; the slow ones may ask a server."""


async def eventually(
    condition: Callable[[], object | Awaitable[object]], seconds: float = PATIENCE, what: str = "it came about"
) -> float:
    """Wait until that holds; the seconds that it took. Fails if it doesn't within `seconds`."""
    began = time.monotonic()
    while True:
        held = condition()
        if await held if isawaitable(held) else held:
            return time.monotonic() - began
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(LOOK)


def held_within(seconds: float, condition: Callable[[], object]) -> bool:
    """The same for a test without an event loop; whether it held in time."""
    deadline = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < deadline:
        time.sleep(SLOW_LOOK)
    return bool(held)
