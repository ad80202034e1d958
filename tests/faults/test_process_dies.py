"""One of two web processes is killed: its clients are back at the other, and who doesn't come back turns offline."""

import asyncio
from time import monotonic

from tests.faults.conftest import NewStack
from tests.faults.figures import tell
from tests.faults.history import agree, assert_chat_is_whole, assert_seq_never_goes_back, history, superseded
from tests.faults.player import Player, crowd
from tests.waiting import eventually

BACK = 10.0
HEARTBEAT_TIMEOUT = 15.0


async def test_it_works(new_stack: NewStack) -> None:
    stack = await asyncio.to_thread(new_stack)
    party, (dies, stays) = stack.parties[0], stack.web
    async with crowd(party, stack.web, 10) as players, Player(party, 30, [dies]).inside() as never_back:
        await players[0].does("seek", position=600)
        await players[1].does("play")
        await eventually(lambda: agree(players) and players[0].timeline["state"] == "playing", what="the room plays")
        before = [player.id for player in players]
        killed = monotonic()
        await asyncio.to_thread(dies.kill)
        # Commands and lines that fall into the gap are sent again by those who come back.
        during = await asyncio.gather(
            *[player.does("chat", text=f"{player.person} was cut off") for player in players],
            *[player.does("seek", position=1000 + player.person) for player in players],
        )
        assert all(one.done for one in during)
        await eventually(lambda: agree(players) and all(one.connected for one in players), BACK, "all are back")
        tell(f"back and right {monotonic() - killed:.2f} s after the kill")
        assert monotonic() - killed < BACK
        assert [player.id for player in players] == before, "they are who they were"
        async with Player(party, 20, [stays], reports=False).inside() as newcomer:
            await eventually(
                lambda: state_of(newcomer, never_back.id) == "offline",
                killed + HEARTBEAT_TIMEOUT - monotonic(),
                "who doesn't come back is offline",
            )
            states = {id: state_of(newcomer, id) for id in before}
            assert states == dict.fromkeys(before, "ready")
            await eventually(lambda: newcomer.timeline == players[0].timeline, what="the newcomer knows what they know")
        await asyncio.to_thread(dies.start)
        async with Player(party, 21, [dies], reports=False).inside() as newcomer:
            assert (await newcomer.does("seek", position=42)).done
            await eventually(lambda: agree([*players, newcomer]), what="the process that was started again takes part")
        log = await asyncio.to_thread(stack.chat_log, stays, party)
    assert [[code for _, code in player.closes] for player in players] == [[1006], []] * 5
    assert superseded(history(players), [*players, newcomer]) == []
    assert_chat_is_whole(players, log)
    for player in players:
        assert_seq_never_goes_back(player)


def state_of(watcher: Player, id: str) -> str | None:
    """What the watcher was last told of that participant; None if it has left."""
    known: dict[str, str] = {}
    for heard in watcher.heard:
        message = heard.message
        for one in message.get("participants", []):
            known[one["id"]] = one["state"] if one["connected"] else "offline"
        if message["type"] == "presence":
            one = message["participant"]
            known[one["id"]] = one["state"] if one["connected"] else "offline"
    return known.get(id)
