"""Rooms over two server processes that share a Redis, and what happens when one of them goes."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sync.harness import Client, Engine
from tests.waiting import PATIENCE

NewServer = Callable[[], Engine]

LEASE_SECONDS = 12.0
"""A dead process' lease runs out in 6 s, and two looks in a row must miss it."""
FAREWELL_SECONDS = 5.0
"""Sooner than by its lease."""


@pytest.fixture
def new_server(tmp_path: Path, redis_url: str) -> Iterator[NewServer]:
    """`new_server()`: one more process of the same server."""
    started: list[Engine] = []

    def start() -> Engine:
        settings = {"REDIS_URL": redis_url, "SYNC_OFFLINE_SECONDS": "1"}
        started.append(Engine(tmp_path / "data", **settings).start())
        return started[-1]

    yield start
    for one in started:
        one.stop()


async def presence(client: Client, event: str, timeout: float = PATIENCE) -> tuple[str, str]:
    """Of the next such event: whose, and that participant's state."""
    told = (await client.next("presence", event=event, timeout=timeout))["participant"]
    return told["id"], told["state"]


async def has_heard_of(people: set[str], client: Client) -> None:
    """Wait until the process of `client`, who has read nothing since its welcome, knows all of these."""
    known = {one["id"] for one in client.welcome["participants"]}
    while not people <= known:
        known.add((await client.next("presence", event="joined"))["participant"]["id"])


async def test_it_works(new_server: NewServer, room: str) -> None:
    here, there = new_server(), new_server()
    async with here.client(room) as alice, there.client(room, "bob") as bob:
        assert [one["id"] for one in bob.welcome["participants"]] == [alice.id, bob.id]
        assert await presence(alice, "joined") == (bob.id, "ready")
        played = await alice.does("play")
        heard = await bob.next("timeline")
        assert heard == played
        await bob.send("reaction", id="r", emoji="🎉")
        assert (await alice.next("reaction"))["by"]["id"] == bob.id
        await bob.send("typing")
        assert (await alice.next("typing"))["by"]["id"] == bob.id


async def test_a_command_by_rest_in_a_process_with_nobody_in_it(new_server: NewServer, room: str) -> None:
    here, elsewhere = new_server(), new_server()
    async with here.client(room) as alice:
        await alice.status("buffering", alice.seq)
        await alice.now()
        answer = await asyncio.to_thread(elsewhere.command_by_rest, room, "owner", type="play")
        assert (answer.json()["state"], answer.json()["waiting_for"]) == ("waiting", [alice.id])
        heard = await alice.next("timeline")
        assert heard["seq"] == answer.json()["seq"]
        assert heard["cause"] == {"action": "play", "by": None, "id": None}
        assert (await asyncio.to_thread(elsewhere.state, room))["participant_count"] == 1


async def test_a_killed_process(new_server: NewServer, room: str) -> None:
    """Its people are offline before a heartbeat would time out; who comes back by the other process is who it was."""
    here, there = new_server(), new_server()
    async with here.client(room) as alice, there.client(room, "bob") as bob, there.client(room, "charlie") as charlie:
        there.stop(signal.SIGKILL)
        began = time.monotonic()
        async with here.client(room, "bob", f"?session={bob.session}") as again:
            assert again.id == bob.id
            assert again.welcome["participant_count"] == 3
            while time.monotonic() - began < LEASE_SECONDS:
                try:
                    gone = await presence(alice, "changed", timeout=1)
                except TimeoutError:
                    await alice.send("clock", t0=1)
                    await again.send("clock", t0=1)
                    continue
                if gone == (charlie.id, "offline"):
                    break
            assert gone == (charlie.id, "offline")
            assert await presence(alice, "left") == (charlie.id, "offline")
            assert (await asyncio.to_thread(here.state, room))["participant_count"] == 2


async def test_a_process_that_is_stopped(new_server: NewServer, room: str) -> None:
    """Its sockets are closed with 1012, and the others hear at once that their people are offline."""
    here, there = new_server(), new_server()
    async with here.client(room) as alice, there.client(room, "bob") as bob:
        await alice.does("play")
        stopping = asyncio.get_running_loop().run_in_executor(None, there.stop)
        assert (await bob.closed())[0] == 1012
        assert await presence(alice, "changed", timeout=FAREWELL_SECONDS) == (bob.id, "offline")
        await stopping
        async with here.client(room, "bob", f"?session={bob.session}") as again:
            assert again.id == bob.id
            assert again.welcome["timeline"]["state"] == "playing"


async def test_resuming_in_the_other_process_closes_the_older_socket(new_server: NewServer, room: str) -> None:
    here, there = new_server(), new_server()
    async with here.client(room, "bob") as bob, there.client(room, "bob", f"?session={bob.session}") as again:
        assert await bob.closed() == (4409, "resumed")
        assert again.id == bob.id
        assert again.welcome["participant_count"] == 1
        assert (await asyncio.to_thread(here.state, room))["participants"][0]["connected"]


async def test_the_connections_of_one_user_are_counted_over_both(new_server: NewServer, room: str) -> None:
    here, there = new_server(), new_server()
    ten = ["bob"] * 10
    async with here.clients(room, *ten) as some, there.clients(room, *ten) as others:
        everybody = {one.id for one in [*some, *others]}
        await has_heard_of(everybody, some[0])
        await has_heard_of(everybody, others[0])
        assert await here.closed(room, "bob") == (4429, "connections")
        assert await there.closed(room, "bob") == (4429, "connections")


async def test_all_of_it_is_restarted(new_server: NewServer, room: str) -> None:
    """The room plays on where it would be, and the sessions are still good."""
    here, there = new_server(), new_server()
    async with here.client(f"{room}-movie") as alice, there.client(f"{room}-movie", "bob") as bob:
        played = await alice.does("play", "once")
        for one in (here, there):
            await asyncio.to_thread(one.stop, signal.SIGKILL)
    later = new_server()
    async with later.client(f"{room}-movie", query=f"?session={alice.session}") as again:
        restored = again.welcome["timeline"]
        assert again.id == alice.id
        assert bob.id in [one["id"] for one in again.welcome["participants"]]
        assert restored == {key: played[key] for key in restored}
        assert (await again.does("play", "once"))["type"] == "ack"
