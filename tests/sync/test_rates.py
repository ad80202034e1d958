"""Rate limits of one connection."""

import asyncio
from collections.abc import Callable

from tests.sync.harness import Engine


async def test_it_works(engine: Engine, room: str) -> None:
    """Sixty at once, ten a second after that; a refusal names the message and when to try again."""
    async with engine.client(f"{room}-everyone") as alice:
        for number in range(61):
            await alice.send("seek", id=str(number), position=number + 1)
        refused = await alice.next("error")
        assert (refused["code"], refused["id"]) == ("rate_limited", "60")
        assert 0 < refused["retry_after"] <= 0.1
        await asyncio.sleep(refused["retry_after"] + 0.05)
        assert (await alice.does("seek", "again", position=3))["type"] == "timeline"


async def test_two_hundred_refusals_are_a_flood(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        for number in range(300):
            await alice.send("seek", id=str(number), position=number)
        assert await alice.closed() == (4429, "flooding")


async def test_clock_and_status_count_apart(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        for number in range(60):
            await alice.send("seek", id=str(number), position=number + 1)
        for _ in range(30):
            await alice.status("ready", alice.seq)
        for _ in range(29):
            await alice.send("clock", t0=0)
        assert not [one for one in await alice.now() if one["type"] == "error"]


async def test_the_newest_status_is_kept(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        for number in range(100):
            await bob.status("ready", bob.seq, position=float(number))
        await bob.status("away", bob.seq, position=100.0)
        away = await alice.next("presence", event="changed")
        while away["participant"]["state"] != "away":
            away = await alice.next("presence", event="changed")
        assert away["participant"]["position"] == 100.0


async def test_limits_can_be_lifted(new_engine: Callable[..., Engine], room: str) -> None:
    engine = new_engine(SYNC_MESSAGES_PER_SECOND="0", SYNC_CONNECTIONS_PER_USER="0")
    async with engine.client(room) as alice:
        for number in range(500):
            await alice.send("seek", id=str(number), position=number + 1)
            await alice.send("clock", t0=0)
        assert (await alice.next("timeline", position=500.0))["cause"]["id"] == "499"
    async with engine.clients(room, *["bob"] * 25) as clients:
        assert len({one.id for one in clients}) == 25
