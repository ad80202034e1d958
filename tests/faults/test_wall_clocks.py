"""The wall clock of a web process, and of Redis, is set an hour on or back while a movie plays: no picture jumps."""

import asyncio
from pathlib import Path

from tests.faults.conftest import NewStack
from tests.faults.figures import tell
from tests.faults.history import agree, assert_seq_never_goes_back, clock_jump, history, position_at, superseded
from tests.faults.player import Message, Player, crowd
from tests.faults.wallclock import MovedRedis, WallClock
from tests.waiting import eventually

HOUR = 3600
CONTINUOUS = 0.05
WATCHED = 3.0


async def test_no_picture_jumps(new_stack: NewStack, tmp_path: Path) -> None:
    process, redis = WallClock(tmp_path / "process"), WallClock(tmp_path / "redis")
    stack = await asyncio.to_thread(
        new_stack, redis=MovedRedis(tmp_path / "moved", redis), environments=({}, process.environment)
    )
    async with crowd(stack.parties[0], stack.web, 6, clock_every=0.1) as players:
        await players[0].does("seek", position=600)
        await players[1].does("play")
        await eventually(lambda: agree(players) and players[0].timeline["state"] == "playing", what="the room plays")
        held = players[0].timeline
        await asyncio.sleep(WATCHED)
        for clock in (process, redis):
            for ahead in (HOUR, -HOUR, 0):
                clock.set(ahead)
                await asyncio.sleep(WATCHED)
        assert agree(players)
        assert players[0].timeline == held, "nobody asked for a change"
        jumps = [picture_jump(player, held) for player in players]
        tell(f"pictures left their course by {max(jumps) * 1000:.1f} ms at most")
        assert max(jumps) < CONTINUOUS
        # What is started under a clock that is wrong starts when it should, for all of them.
        redis.set(HOUR)
        process.set(-HOUR)
        for player in players:
            assert (await player.does("rate", rate=1 + player.person / 10)).done or player is players[0]
        await eventually(lambda: agree(players), what="all agree")
    assert [player.closes for player in players] == [[]] * len(players)
    assert superseded(history(players), players) == []
    for player in players:
        assert_seq_never_goes_back(player)
        assert clock_jump(player) < CONTINUOUS


def picture_jump(player: Player, timeline: Message) -> float:
    """Seconds by which the position that each exchange of clocks yields is certainly off a straight line."""
    shown = [one for one in player.exchanges if one.seq == timeline["seq"] and one.t1 > timeline["anchor"]]
    first = min(shown[:20], key=lambda one: one.rtt)
    start = position_at(timeline, first.t1) - (first.sent + first.received) / 2
    return max(
        abs(position_at(timeline, (one.t1 + one.t2) / 2) - (one.sent + one.received) / 2 - start)
        - (one.rtt + first.rtt) / 2
        for one in shown
    )
