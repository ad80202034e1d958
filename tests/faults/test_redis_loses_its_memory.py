"""Redis starts anew with nothing, or is emptied while it runs: the rooms are put back by those who have them open."""

import asyncio

import pytest
from redis import Redis as Client

from tests.faults.conftest import NewStack
from tests.faults.history import agree, assert_seq_never_goes_back, clock_jump, history, superseded
from tests.faults.player import Player, crowd
from tests.faults.stack import Stack
from tests.waiting import eventually

PUT_BACK = 5.0


def restart(stack: Stack) -> None:
    stack.redis.stop()
    stack.redis.start()


def empty(stack: Stack) -> None:
    with Client.from_url(stack.redis.settings()["REDIS_URL"], socket_timeout=5) as redis:
        redis.flushall()


@pytest.mark.parametrize("forget", [restart, empty])
async def test_it_works(new_stack: NewStack, forget: object) -> None:
    stack = await asyncio.to_thread(new_stack)
    assert callable(forget)
    party = stack.parties[0]
    async with crowd(party, stack.web, 6) as players:
        await players[0].does("seek", position=600)
        speed = await players[1].does("rate", rate=1.25)
        await players[2].does("play")
        await eventually(lambda: agree(players) and players[0].timeline["state"] == "playing", what="the room plays")
        held = players[0].timeline
        await asyncio.to_thread(forget, stack)
        await asyncio.sleep(PUT_BACK)
        assert agree(players)
        assert players[0].timeline == held, "nobody asked for a change"
        for web, person in zip(stack.web, (10, 11), strict=True):
            newcomer = Player(party, person, [web])
            async with newcomer.inside():
                assert newcomer.timeline == held
                assert {one.id for one in players} <= who_is_here(newcomer)
        repeated = await players[1].repeats(speed)
        assert repeated.answer == {"type": "ack", "id": speed.message["id"], "seq": held["seq"]}
        after = [await player.does("seek", position=number) for number, player in enumerate(players)]
        assert all(one.done for one in after)
        await eventually(lambda: agree(players), what="all agree")
        assert players[0].timeline["seq"] > held["seq"]
    assert [player.closes for player in players] == [[]] * len(players)
    assert superseded(history(players), players) == []
    for player in players:
        assert_seq_never_goes_back(player)
        assert clock_jump(player) < 0.05


def who_is_here(newcomer: Player) -> set[str]:
    shown = newcomer.heard[0].message["participants"]
    return {one["id"] for one in shown if one["connected"]}
