"""PostgreSQL crashes, restarts or hangs: playing rooms don't notice, and no line of chat is acknowledged falsely."""

import asyncio
from collections.abc import Callable
from time import monotonic

import pytest

from scripts.native import Postgres
from tests.faults.acting import acting
from tests.faults.conftest import NewStack
from tests.faults.figures import tell
from tests.faults.history import agree, assert_chat_is_whole, assert_seq_never_goes_back, history, p, superseded
from tests.faults.player import Player, crowd
from tests.waiting import eventually

HANGS = 10.0
PROMPT = 0.1
"""What 99 of 100 `clock` answers take at most, in seconds."""
BACK = 10.0


def crash(postgres: Postgres) -> None:
    postgres.kill()
    postgres.start()


def restart(postgres: Postgres) -> None:
    """The fast shutdown: sessions are ended, not waited for."""
    postgres.stop()
    postgres.start()


def hang(postgres: Postgres) -> None:
    postgres.pause()


@pytest.mark.parametrize("fault", [crash, restart, hang])
async def test_playing_rooms_do_not_notice(new_stack: NewStack, fault: Callable[[Postgres], None]) -> None:
    stack = await asyncio.to_thread(new_stack)
    party = stack.parties[0]
    async with crowd(party, stack.web, 10, clock_every=0.1, patience=25) as players:
        began = monotonic()
        async with asyncio.TaskGroup() as group:
            talking = asyncio.Event()
            for player in players[8:]:
                group.create_task(talk(player, talking))
            try:
                async with acting(players[:8], talking=False):
                    await asyncio.sleep(1)
                    await asyncio.to_thread(fault, stack.postgres)
                    await asyncio.sleep(HANGS if fault is hang else 2)
            finally:
                stack.postgres.resume()
                talking.set()
        took = [one.rtt for player in players for one in player.exchanges if one.sent > began]
        slowest = max(one.took for player in players[:8] for one in player.asked.values())
        tell(f"PostgreSQL {fault.__name__}: clock p99 {p(0.99, took) * 1000:.1f} ms, slowest command {slowest:.2f} s")
        assert p(0.99, took) < PROMPT
        assert all(one.done for player in players[:8] for one in player.asked.values())
        assert slowest < 1
        assert [player.closes for player in players] == [[]] * len(players)
        await until_chat_works(players[8])
        async with Player(party, 20, stack.web).inside() as newcomer:
            await eventually(lambda: agree([*players, newcomer]), BACK, "all agree, the newcomer too")
        log = await asyncio.to_thread(stack.chat_log, stack.web[0], party)
    assert superseded(history(players), players) == []
    assert_chat_is_whole(players, log)
    for player in players:
        assert_seq_never_goes_back(player)


async def talk(player: Player, over: asyncio.Event) -> None:
    while not over.is_set():
        await player.does("chat", text=f"{player.person} says {len(player.asked)}")
        await asyncio.sleep(0.2)


async def until_chat_works(player: Player) -> None:
    began = monotonic()
    while not (await player.does("chat", text=f"is it back? {len(player.asked)}")).done:
        assert monotonic() - began < BACK
        await asyncio.sleep(0.2)
