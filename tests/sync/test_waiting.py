"""Waiting for all, over sockets. The rules themselves are tested in test_buffering.py."""

import asyncio
import time

import pytest

from tests.sync.harness import Client, Engine


async def ready(*clients: Client, seq: int) -> None:
    for client in clients:
        await client.status("ready", seq)
        await client.now()


async def test_it_works(engine: Engine, room: str) -> None:
    """Play waits for Bob's player; when it is ready, the room starts."""
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        loaded = await alice.does("load", "a", item="long")
        await ready(alice, seq=loaded["seq"])
        await bob.status("buffering", loaded["seq"])
        await bob.now()
        waiting = await alice.does("play", "b")
        assert (waiting["state"], waiting["waiting_for"]) == ("waiting", [bob.id])
        await bob.status("ready", waiting["seq"])
        started = await alice.next("timeline")
        assert (started["state"], started["waiting_for"]) == ("playing", [])
        assert started["cause"] == {"action": "resumed", "by": bob.id, "id": None}


async def test_a_bot_without_a_player_is_never_waited_for(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob"):
        loaded = await alice.does("load", "a", item="long")
        await ready(alice, seq=loaded["seq"])
        assert (await alice.does("play", "b"))["state"] == "playing"


async def test_force_waits_for_nobody(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await bob.status("buffering", alice.seq)
        await bob.now()
        assert (await alice.does("play", "a"))["state"] == "waiting"
        assert (await alice.does("play", "b"))["type"] == "ack"
        assert (await alice.does("play", "c", force=True))["state"] == "playing"
        # Bob was left behind: he doesn't stop the room, though he still buffers.
        await bob.status("buffering", alice.seq)
        await asyncio.sleep(0.4)
        assert not [one for one in await alice.now() if one["type"] == "timeline"]


async def test_seek_makes_everybody_unready(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await ready(alice, bob, seq=alice.seq)
        assert (await alice.does("play", "a"))["state"] == "playing"
        waiting = await alice.does("seek", "b", position=60)
        assert (waiting["state"], waiting["position"]) == ("waiting", 60.0)
        assert waiting["waiting_for"] == [alice.id, bob.id]
        await ready(alice, bob, seq=waiting["seq"] - 1)
        assert not [one for one in await alice.now() if one["type"] == "timeline"]
        await ready(alice, bob, seq=waiting["seq"])
        started = await alice.next("timeline", state="playing")
        assert started["position"] == 60.0


async def test_who_buffers_for_longer_than_grace_holds_the_room(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await ready(alice, bob, seq=alice.seq)
        await alice.does("seek", "a", position=50)
        played = await alice.does("play", "b", force=True)
        await ready(alice, bob, seq=played["seq"])
        began = time.monotonic()
        await bob.status("buffering", played["seq"], position=10.0)
        held = await alice.next("timeline")
        assert time.monotonic() - began > 0.15
        assert held["cause"] == {"action": "buffering", "by": bob.id, "id": None}
        assert (held["state"], held["waiting_for"]) == ("waiting", [bob.id])
        now_there = 50 + held["waiting_since"] - played["anchor"]
        assert held["position"] == pytest.approx(now_there - 3, abs=0.01)
        await bob.status("ready", held["seq"])
        assert (await alice.next("timeline"))["state"] == "playing"
        # Not twice within the timeout.
        await bob.status("buffering", played["seq"], position=10.0)
        await asyncio.sleep(0.5)
        assert not [one for one in await alice.now() if one["type"] == "timeline"]


async def test_the_room_goes_on_after_the_timeout(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await bob.status("buffering", alice.seq)
        await bob.now()
        await alice.does("play", "a")
        began = time.monotonic()
        started = await alice.next("timeline", state="playing")
        assert 1.8 < time.monotonic() - began < 10, "its own time-out, not the usual 15 s"
        assert started["cause"] == {"action": "resumed", "by": None, "id": None}


async def test_who_goes_away_is_not_waited_for(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        async with engine.client(room, "bob") as bob, engine.client(room, "guest") as guest:
            for one in (bob, guest):
                await one.status("buffering", alice.seq)
                await one.now()
            waiting = await alice.does("play", "a")
            assert waiting["waiting_for"] == [bob.id, guest.id]
            await guest.status("away", alice.seq)
            fewer = await alice.next("timeline")
            assert (fewer["state"], fewer["waiting_for"]) == ("waiting", [bob.id])
        started = await alice.next("timeline")
        assert started["state"] == "playing"


async def test_changes_of_who_is_waited_for_are_gathered(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await alice.status("buffering", alice.seq)
        await alice.now()
        await alice.does("play", "a")
        for number in range(60):
            await bob.status("buffering" if number % 2 else "away", alice.seq)
            await asyncio.sleep(0.01)
        told = [one for one in await alice.now() if one["type"] == "timeline"]
        assert len(told) <= 4
        assert all(one["state"] == "waiting" for one in told)


async def test_a_late_joiner_never_stops_the_room(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        await ready(alice, seq=alice.seq)
        played = await alice.does("play", "a")
        async with engine.client(room, "bob") as bob:
            await bob.status("buffering", played["seq"])
            await asyncio.sleep(0.4)
            assert not [one for one in await alice.now() if one["type"] == "timeline"]
            await ready(bob, seq=played["seq"])
            await bob.status("buffering", played["seq"])
            assert (await alice.next("timeline"))["waiting_for"] == [bob.id]


async def test_in_a_waiting_room(engine: Engine, room: str) -> None:
    """`rate` and `seek` keep waiting, `pause` pauses."""
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await bob.status("buffering", alice.seq)
        await bob.now()
        await alice.does("play", "a")
        assert (await alice.does("rate", "b", rate=2))["state"] == "waiting"
        sought = await alice.does("seek", "c", position=9)
        assert (sought["state"], sought["position"]) == ("waiting", 9.0)
        paused = await alice.does("pause", "d")
        assert (paused["state"], paused["position"], paused["waiting_for"]) == ("paused", 9.0, [])


async def test_nobody_waits_for_nobody(engine: Engine, room: str) -> None:
    async with engine.client(f"{room}-nobody") as alice, engine.client(f"{room}-nobody", "bob") as bob:
        await bob.status("buffering", alice.seq)
        await bob.now()
        assert (await alice.does("play", "a"))["state"] == "playing"
        await asyncio.sleep(0.4)
        assert not [one for one in await alice.now() if one["type"] == "timeline"]


async def test_new_settings_hold_at_once(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await bob.status("buffering", alice.seq)
        await bob.now()
        await alice.does("play", "a")
        changes = {"control": "everyone", "buffering": {"policy": "nobody"}, "slow_mode": 5}
        await asyncio.to_thread(engine.notice, "settings_changed", code=room, **changes)
        told = await bob.next("room")
        assert told == {
            "type": "room",
            "code": room,
            "name": room,
            "control": "everyone",
            "buffering": {"policy": "nobody"},
            "auto_next": False,
            "skip_votes": False,
            "slow_mode": 5,
        }
        assert (await alice.next("timeline"))["state"] == "playing"
        assert (await bob.does("pause", "b"))["state"] == "paused"
