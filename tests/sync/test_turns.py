"""What waits for the database waits beside a connection's other messages, in its order."""

import asyncio
from functools import partial

import pytest

from sync.sockets import Connection
from sync.turns import MOST_WAITING, Turns
from tests.sync.harness import Engine
from watchparty.errors import Unavailable


async def test_a_load_and_what_was_commanded_after_it(engine: Engine, room: str) -> None:
    async with engine.client(f"slow-{room}") as alice:
        await alice.send("load", id="1", item="short")
        await alice.send("rate", id="2", rate=2)
        await alice.send("load", id="3", item="none")
        await alice.send("clock", t0=1)
        told = [await alice.next("clock", "timeline", "error") for _ in range(4)]
        assert [one["type"] for one in told] == ["clock", "timeline", "timeline", "error"]
        assert [one["cause"]["id"] for one in told[1:3]] == ["1", "2"]
        assert (told[3]["code"], told[3]["id"]) == ("not_found", "3")


async def test_what_a_resumer_has_missed(engine: Engine, room: str) -> None:
    room = f"slow-{room}"
    async with engine.client(room) as alice:
        await alice.send("chat", id="c", text="before")
        await alice.next("chat")
        async with engine.client(room, query=f"?chat_seq=0&session={alice.session}") as again:
            await again.send("clock", t0=1)
            assert (await again.next("clock", "chat"))["type"] == "clock"
            await again.send("chat", id="d", text="meanwhile")
            assert [(await again.next("chat"))["text"] for _ in range(2)] == ["before", "meanwhile"]


async def test_what_waits_for_the_database_is_bounded() -> None:
    done: list[int] = []
    hangs = asyncio.Event()

    async def work(number: int) -> None:
        await hangs.wait()
        done.append(number)

    turns = Turns(Connection())
    for number in range(MOST_WAITING):
        turns.take(partial(work, number))
    with pytest.raises(Unavailable):
        turns.take(partial(work, -1))
    hangs.set()
    await turns.end()
    assert done == list(range(MOST_WAITING))
