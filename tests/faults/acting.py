"""What people do all the time while something breaks: start, stop, jump, change the speed, and talk about it."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.faults.player import Player

PAUSES = (0.2, 0.6)
"""Between an answer and the next thing that somebody does, in seconds."""


@asynccontextmanager
async def acting(players: list[Player], *, talking: bool = True) -> AsyncIterator[None]:
    """All of them act until the end of the block, and have then been answered."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for player in players:
            group.create_task(_act(player, over, talking))
        try:
            yield
        finally:
            over.set()


async def _act(player: Player, over: asyncio.Event, talking: bool) -> None:
    dice = random.Random(player.person)
    while not over.is_set():
        match dice.choice(["seek", "seek", "rate", "play", "pause", "chat"][: 6 if talking else 5]):
            case "seek":
                await player.does("seek", position=round(dice.uniform(0, 5000), 3))
            case "rate":
                await player.does("rate", rate=round(dice.uniform(0.5, 2), 4))
            case "chat":
                await player.does("chat", text=f"{player.person} says {len(player.asked)}")
            case other:
                await player.does(other)
        await asyncio.sleep(dice.uniform(*PAUSES))
