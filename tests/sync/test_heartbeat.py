"""Who is silent is offline, then gone; the room is paused when nobody is left."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Iterator

import pytest

from tests.sync.harness import Engine

SHORT = {
    "SYNC_HEARTBEAT_INTERVAL": "0.2",
    "SYNC_HEARTBEAT_TIMEOUT": "0.8",
    "SYNC_AWAY_TIMEOUT": "2.5",
    "SYNC_OFFLINE_SECONDS": "1",
}


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    started = Engine(tmp_path_factory.mktemp("hasty") / "data", **SHORT).start()
    yield started
    started.stop()


async def test_it_works(hasty: Engine, room: str) -> None:
    async with hasty.client(room) as alice, hasty.client(room, "bob") as bob:
        for _ in range(8):
            await asyncio.sleep(0.2)
            await alice.send("clock", t0=1)
        # Bob's WebSocket answers pings, which is no heartbeat.
        assert await bob.closed() == (4408, "heartbeat")
        offline = await alice.next("presence", event="changed")
        assert (offline["participant"]["id"], offline["participant"]["state"]) == (bob.id, "offline")


async def test_offline_then_left(hasty: Engine, room: str) -> None:
    async with hasty.client(room) as alice:
        async with hasty.client(room, "bob") as bob:
            pass
        began = time.monotonic()
        while True:
            await alice.send("clock", t0=1)
            presence = await alice.next("presence", "clock")
            if presence["type"] == "presence" and presence["event"] == "left":
                break
            await asyncio.sleep(0.05)
        assert presence["participant"]["id"] == bob.id
        assert time.monotonic() - began > 0.7
        assert (await asyncio.to_thread(hasty.state, room))["participant_count"] == 1


async def test_who_is_away_has_longer(hasty: Engine, room: str) -> None:
    async with hasty.client(room) as alice:
        began = time.monotonic()
        await alice.status("away", alice.seq)
        assert (await alice.closed())[0] == 4408
        assert time.monotonic() - began > 2.3


async def test_an_empty_room_is_paused_where_anyone_was_last_heard(hasty: Engine, room: str) -> None:
    async with hasty.client(room) as alice:
        await alice.does("play")
        await asyncio.sleep(0.3)
        await alice.now()
    await asyncio.sleep(0.3)
    assert (await asyncio.to_thread(hasty.state, room))["timeline"]["state"] == "playing"
    await asyncio.sleep(1.2)
    left = (await asyncio.to_thread(hasty.state, room))["timeline"]
    assert left["state"] == "paused"
    assert 0.25 < left["position"] < 0.6


async def test_resume_keeps_the_participant(hasty: Engine, room: str) -> None:
    async with hasty.client(room) as alice:
        async with hasty.client(room, "bob") as bob:
            pass
        async with hasty.client(room, "bob", f"?session={bob.session}&seq=1&chat_seq=0") as again:
            assert again.id == bob.id
            events = [one["event"] for one in await alice.now() if one["type"] == "presence"]
            assert events == ["joined", "changed", "changed"]
    await asyncio.sleep(1.5)
    async with hasty.client(room, "bob", f"?session={bob.session}") as later:
        assert later.id == bob.id


async def test_a_newer_connection_takes_the_session_over(hasty: Engine, room: str) -> None:
    async with hasty.client(room, "bob") as bob, hasty.client(room, "bob", f"?session={bob.session}") as newer:
        assert await bob.closed() == (4409, "resumed")
        assert newer.id == bob.id
        assert newer.welcome["participant_count"] == 1
        assert (await newer.does("play"))["code"] == "forbidden"


@pytest.mark.parametrize("session", ["rubbish", "", "p123.abc", "%00", "x" * 2000])
async def test_an_invalid_session_makes_a_new_participant(hasty: Engine, room: str, session: str) -> None:
    async with hasty.client(room, "bob") as bob, hasty.client(room, "bob", f"?session={session}") as other:
        assert other.id != bob.id


async def test_a_foreign_session_makes_a_new_participant(hasty: Engine, room: str) -> None:
    async with hasty.client(room, "bob") as bob, hasty.client(f"{room}-2", "bob", f"?session={bob.session}") as other:
        assert other.id != bob.id
        async with hasty.client(room, "charlie", f"?session={bob.session}") as charlie:
            assert charlie.id != bob.id


async def test_a_restart(new_engine: Callable[..., Engine], room: str) -> None:
    """Sockets are closed with 1012; the timeline plays on, `seq` grows, the session is still good."""
    engine = new_engine(SYNC_RETURN_SECONDS="2")
    async with engine.client(f"{room}-movie") as alice:
        played = await alice.does("play", "once")
        stopping = asyncio.get_running_loop().run_in_executor(None, engine.stop)
        assert (await alice.closed())[0] == 1012
        await stopping
    await asyncio.to_thread(engine.start)
    async with engine.client(f"{room}-movie", query=f"?session={alice.session}") as again:
        restored = again.welcome["timeline"]
        assert again.id == alice.id
        assert restored["seq"] > played["seq"]
        assert {**restored, "seq": 0} == {key: {**played, "seq": 0}[key] for key in restored}
        assert (await again.does("play", "once"))["type"] == "ack"
        assert (await again.does("seek", "2", position=5))["seq"] > restored["seq"]


async def test_nobody_comes_back_after_a_restart(new_engine: Callable[..., Engine], room: str) -> None:
    engine = new_engine(SYNC_RETURN_SECONDS="1.5")
    async with engine.client(f"{room}-movie") as alice:
        await alice.does("play")
        await asyncio.sleep(0.3)
        await alice.now()
        await asyncio.to_thread(engine.stop)
    await asyncio.to_thread(engine.start)
    assert (await asyncio.to_thread(engine.state, f"{room}-movie"))["timeline"]["state"] == "playing"
    await asyncio.sleep(1.6)
    paused = (await asyncio.to_thread(engine.state, f"{room}-movie"))["timeline"]
    assert paused["state"] == "paused"
    assert 0.25 < paused["position"] < 1.5


async def test_a_killed_server_has_kept_the_timeline(new_engine: Callable[..., Engine], room: str) -> None:
    engine = new_engine()
    async with engine.client(f"{room}-movie") as alice:
        sought = await alice.does("seek", "a", position=77)
        await asyncio.sleep(1.1)
    await asyncio.to_thread(engine.stop, 9)
    await asyncio.to_thread(engine.start)
    async with engine.client(f"{room}-movie") as again:
        assert again.welcome["timeline"]["position"] == 77.0
        assert again.welcome["timeline"]["seq"] > sought["seq"]


async def test_a_room_that_could_not_be_entered_after_a_restart_is_paused_all_the_same(
    new_engine: Callable[..., Engine], room: str
) -> None:
    engine = new_engine(SYNC_RETURN_SECONDS="1")
    room = f"{room}-chatless"
    async with engine.client(room) as alice:
        await alice.does("play")
        await asyncio.to_thread(engine.stop)
    engine.environment["CHATLESS"] = "1"
    await asyncio.to_thread(engine.start)
    assert await engine.closed(room) == (1013, "unavailable")
    await asyncio.sleep(2.2)
    await asyncio.to_thread(engine.stop, 9)
    with sqlite3.connect(engine.data / "db.sqlite3") as database:
        rows = database.execute("select timeline from sync_timeline").fetchall()
    assert [json.loads(held)["state"] for (held,) in rows] == ["paused"]
