"""1,000 sockets of two processes are lost at once and come back at once: they are in sync again within seconds."""

import asyncio

from tests.faults.conftest import NewStack
from tests.faults.figures import tell
from tests.faults.history import p
from tests.faults.returning import Client, inside
from tests.faults.stack import Party, Stack
from tests.waiting import eventually

ROOMS, EACH = 50, 20
STRANGERS = 20
"""Who knock among them and may not come in: half with a token that nobody signed, half in a room that isn't theirs."""
RESYNC_P95 = 5.0
STATE = ("seq", "item", "position", "rate", "state", "anchor")


async def test_it_works(new_stack: NewStack) -> None:
    stack = await asyncio.to_thread(new_stack)
    rooms = [[Client(party, n, stack.web[n % 2]) for n in range(EACH)] for party in stack.parties[:ROOMS]]
    everybody = [one for room in rooms for one in room]
    strangers = [stranger(stack, number) for number in range(STRANGERS)]
    async with inside(everybody):
        joined = [one.took for one in everybody]
        await plays(rooms, 100)
        ids, right = [one.id for one in everybody], [one.timeline for one in everybody]
        for one in everybody:
            one.cut()
        back = asyncio.gather(*[one.come() for one in everybody])
        turned_away = asyncio.gather(*[one.come() for one in strangers], return_exceptions=True)
        welcomes, refused = await back, await turned_away
        took = [one.took for one in everybody]
        tell(
            f"{len(everybody)} joins at once: p95 {p(0.95, joined):.2f} s; as many reconnects at once: resynced"
            f" p50 {p(0.5, took):.2f} s, p95 {p(0.95, took):.2f} s, the last after {max(took):.2f} s"
        )
        assert [one["you"]["id"] for one in welcomes] == ids, "they are who they were"
        for welcome, held in zip(welcomes, right, strict=True):
            assert [welcome["timeline"][key] for key in STATE] == [held[key] for key in STATE]
        await plays(rooms, 500)
    assert p(0.95, took) < RESYNC_P95
    assert all(isinstance(one, ConnectionResetError) for one in refused)
    assert [one.closes for one in strangers] == [[4401], [4403]] * (STRANGERS // 2)


def stranger(stack: Stack, number: int) -> Client:
    here, elsewhere = stack.parties[number], stack.parties[number + 1]
    token = elsewhere.users[0] if number % 2 else "unsigned"
    return Client(Party(here.room, [token]), 0, stack.web[number // 2 % 2])


async def plays(rooms: list[list[Client]], position: float) -> None:
    """Each host jumps there and plays, and everybody hears of it."""
    for room in rooms:
        room[0].says("seek", id=f"seek {position}", position=position)
        room[0].says("play", id=f"play {position}", force=True)

    def all_play() -> bool:
        told = [[one.timeline for one in room] for room in rooms]
        return all(
            len({one["seq"] for one in room}) == 1 and room[0]["position"] == position and room[0]["state"] == "playing"
            for room in told
        )

    await eventually(all_play, what="every room plays, for all")
