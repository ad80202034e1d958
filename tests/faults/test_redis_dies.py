"""Redis is killed, or stopped so that connections stay open and nothing answers, while 20 people command and chat."""

import asyncio
from collections.abc import Callable
from time import monotonic

import pytest

from tests.faults.acting import acting
from tests.faults.conftest import NewStack
from tests.faults.figures import tell
from tests.faults.history import (
    agree,
    assert_chat_is_whole,
    assert_seq_never_goes_back,
    clock_jump,
    history,
    longest_wait,
    superseded,
)
from tests.faults.player import Player, crowd
from tests.faults.stack import Stack
from tests.waiting import eventually

AWAY = (0.2, 3.0, 20.0)
"""Seconds without Redis, one after the other."""
BEFORE, AFTER = 2.0, 7.0
"""Seconds of acting before and after; the room goes back to Redis when that has answered for 5 s."""
GOES_ON = 3.0
AGREES = 10.0
CONTINUOUS = 0.05


@pytest.mark.timeout(170)
async def test_redis_dies(new_stack: NewStack) -> None:
    """Killed on one server and stopped on another, both at once: most of it is waiting."""
    killed, stopped = await asyncio.gather(asyncio.to_thread(new_stack), asyncio.to_thread(new_stack))
    async with asyncio.TaskGroup() as group:
        group.create_task(survives(killed, "killed", killed.redis.kill, killed.redis.start))
        group.create_task(survives(stopped, "stopped", stopped.redis.pause, stopped.redis.resume))


async def survives(stack: Stack, how: str, away: Callable[[], object], back: Callable[[], object]) -> None:
    party = stack.parties[0]
    async with crowd(party, stack.web, 20) as players:
        for seconds in AWAY:
            async with acting(players):
                await asyncio.sleep(BEFORE)
                began = monotonic()
                await asyncio.to_thread(away)
                await asyncio.sleep(seconds)
                await asyncio.to_thread(back)
                ended = monotonic()
                await asyncio.sleep(AFTER)
            halves = players[::2], players[1::2]
            usual = max(longest_wait(half, began - BEFORE / 2, began) for half in halves)
            waits = [longest_wait(half, began, ended + AFTER) for half in halves]
            await eventually(lambda: agree(players), ended + AGREES - monotonic(), "all agree")
            tell(f"Redis {how} for {seconds:g} s: without a command for {max(waits):.2f} s, {usual:.2f} before")
            assert max(waits) - usual < GOES_ON, "more than that on top of what this machine takes anyway"
        log = await asyncio.to_thread(stack.chat_log, stack.web[0], party)
    assert_unharmed(players)
    assert_chat_is_whole(players, log)


def assert_unharmed(players: list[Player]) -> None:
    assert [player.closes for player in players] == [[]] * len(players), "somebody was disconnected"
    assert superseded(history(players), players) == []
    for player in players:
        assert_seq_never_goes_back(player)
        assert clock_jump(player) < CONTINUOUS
    refused = [one for player in players for one in player.asked.values() if not one.done]
    assert not refused
