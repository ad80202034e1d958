"""Of two processes one can't reach Redis any more: commands go on in both, and both agree afterwards."""

import asyncio
from pathlib import Path
from time import monotonic

from scripts.native import Redis
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
from tests.faults.player import Message, Player, crowd
from tests.waiting import eventually
from tests.way import Way

CUT_OFF, AFTER = 12.0, 8.0
SUPERSEDED_SECONDS = 2.0
"""As docs/protocol.md promises."""
ROUNDING = 0.5
"""That time is from the first to the last acknowledgement, as clients heard them."""
GOES_ON = 4.0
AGREES = 10.0
CONTINUOUS = 0.05


async def test_one_of_two_is_cut_off_from_redis(new_stack: NewStack, tmp_path: Path) -> None:
    redis = Redis(tmp_path / "redis")
    redis.folder.mkdir()
    async with Way().kept() as way:
        way.to = redis.port
        stack = await asyncio.to_thread(new_stack, redis=redis, by_way_of=way.port)
        party = stack.parties[0]
        async with crowd(party, stack.web, 10) as players:
            async with acting(players):
                await asyncio.sleep(2)
                began = monotonic()
                way.block()
                await asyncio.sleep(CUT_OFF)
                way.clear()
                ended = monotonic()
                await asyncio.sleep(AFTER)
            await eventually(lambda: agree(players), ended + AGREES - monotonic(), "all agree")
            waits = [longest_wait(players[n::2], began, ended + AFTER) for n in range(2)]
            log = await asyncio.to_thread(stack.chat_log, stack.web[0], party)
    lost = superseded(history(players), players)
    seconds = [heard_at(players, one) for one in lost]
    lasted = max(seconds) - min(seconds) if seconds else 0.0
    tell(f"without a command for {waits[0]:.2f} and {waits[1]:.2f} s; {len(lost)} superseded, of {lasted:.2f} s")
    assert max(waits) < GOES_ON
    assert lasted < SUPERSEDED_SECONDS + ROUNDING
    assert all(began <= at <= began + GOES_ON or ended <= at for at in seconds)
    assert [player.closes for player in players] == [[]] * len(players)
    assert_chat_is_whole(players, log)
    for player in players:
        assert_seq_never_goes_back(player)
        assert clock_jump(player) < CONTINUOUS


def heard_at(players: list[Player], timeline: Message) -> float:
    """When the first of them heard of it."""
    return min(
        heard.at
        for player in players
        for heard in player.heard
        if timeline["seq"] in (heard.message.get("seq"), heard.message.get("timeline", {}).get("seq"))
    )
