"""Commands over the socket and by REST: same rules, same effect."""

import asyncio
import time

from tests.sync.harness import Engine


async def test_it_works(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        played = await alice.does("play", "a")
        assert played == await bob.next("timeline")
        assert played["state"] == "playing"
        assert played["cause"] == {"action": "play", "by": alice.id, "id": "a"}
        assert played["seq"] > alice.seq
        assert abs(played["anchor"] - time.time()) < 1
        sought = await alice.does("seek", "b", position=100)
        assert (sought["state"], sought["position"]) == ("playing", 100.0)
        faster = await alice.does("rate", "c", rate=2)
        assert faster["rate"] == 2.0
        await asyncio.sleep(0.2)
        paused = await alice.does("pause", "d")
        assert paused["state"] == "paused"
        assert 100.3 < paused["position"] < 101
        loaded = await alice.does("load", "e", item="long")
        assert (loaded["item"], loaded["position"], loaded["state"]) == ("long", 0.0, "paused")
        assert [(await bob.next("timeline"))["cause"]["id"] for _ in range(4)] == ["b", "c", "d", "e"]


async def test_the_first_id_in_a_timeline_frame_is_the_commands(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        await alice.send("play", id="4711")
        while '"timeline"' not in (frame := str(await alice.connection.recv())) or '"welcome"' in frame:
            pass
        assert frame.partition('"id":')[2].startswith('"4711"')


async def test_who_may_not_control_is_forbidden(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        refused = await bob.does("play", "x")
        assert (refused["type"], refused["code"], refused["id"]) == ("error", "forbidden", "x")
        assert [one["type"] for one in await alice.now()] == ["presence"]
    async with engine.client(f"{room}-everyone", "bob") as bob:
        assert (await bob.does("play", "x"))["state"] == "playing"


async def test_what_changes_nothing_is_acknowledged(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        assert await alice.does("pause", "a") == {"type": "ack", "id": "a", "seq": alice.seq}
        assert await alice.does("rate", "b", rate=1) == {"type": "ack", "id": "b", "seq": alice.seq}
        assert await alice.does("seek", "c", position=0) == {"type": "ack", "id": "c", "seq": alice.seq}


async def test_an_id_takes_effect_once(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        first = await alice.does("play", "same")
        await alice.does("pause", "other")
        again = await alice.does("play", "same")
        assert again["type"] == "ack"
        assert again["seq"] == first["seq"] + 1
    async with engine.client(room, query=f"?session={alice.session}") as alice:
        assert (await alice.does("play", "same"))["type"] == "ack"
    async with engine.client(room) as anew:
        assert (await anew.does("play", "same"))["type"] == "timeline"


async def test_pause_at_what_the_sender_saw(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        played = await alice.does("play")
        await asyncio.sleep(0.5)
        paused = await alice.does("pause", "2", at=played["anchor"] + 0.25)
        assert abs(paused["position"] - 0.25) < 1e-3


async def test_numbers_out_of_range_change_nothing(engine: Engine, room: str) -> None:
    async with engine.client(f"{room}-movie") as alice:
        for number, keys in enumerate(
            [{"type": "seek", "position": -1}, {"type": "rate", "rate": 5}, {"type": "rate", "rate": 0.2}]
        ):
            refused = await alice.does(str(keys.pop("type")), f"n{number}", **keys)
            assert (refused["type"], refused["code"]) == ("error", "bad_message")
        for literal in ("1e999", "true", '"1"', "null", "[1]"):
            await alice.connection.send(f'{{"type":"seek","id":"x","position":{literal}}}')
            assert (await alice.next("error"))["id"] == "x"
        assert (await alice.does("seek", "far", position=1e9))["position"] == 7200.0


async def test_load_after(engine: Engine, room: str) -> None:
    """Two people press "next" at the same time: one movie is skipped, not two."""
    code = f"{room}-everyone-movie"
    async with engine.client(code) as alice, engine.client(code, "bob") as bob:
        await alice.send("load", id="a", item="short", after="long")
        await bob.send("load", id="b", item="unknown", after="long")
        loaded = await alice.next("timeline")
        late = bob if loaded["cause"]["id"] == "a" else alice
        assert (await late.next("ack"))["seq"] == loaded["seq"]
        assert (await alice.does("load", "c", item="nowhere"))["code"] == "not_found"


async def test_a_movie_ends(engine: Engine, room: str) -> None:
    async with engine.client(f"{room}-nobody") as alice:
        await alice.does("load", "a", item="short")
        await alice.does("seek", "b", position=1.8)
        await alice.does("play", "c")
        ended = await alice.next("timeline")
        assert (ended["state"], ended["position"]) == ("paused", 2.0)
        assert ended["cause"] == {"action": "ended", "by": None, "id": None}
        assert (await alice.does("play", "d"))["position"] == 0.0


async def test_the_start_is_late_enough_for_the_slowest(engine: Engine, room: str) -> None:
    async with engine.client(f"{room}-everyone") as alice, engine.client(f"{room}-everyone", "bob") as bob:
        assert (await alice.does("play", "a"))["anchor"] <= time.time()
        await alice.does("pause", "b")
        await bob.send("clock", t0=1, down=200, rtt=210)
        await bob.next("clock")
        clock = await alice.now()
        played = await alice.does("play", "c")
        assert 0.15 < played["anchor"] - time.time() <= 0.26, clock
        await alice.does("pause", "d")
        await bob.send("clock", t0=1, down=90000)
        await bob.next("clock")
        assert (await alice.does("play", "e"))["anchor"] - time.time() <= 0.5


async def test_the_clock_is_answered_at_once(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        await alice.send("clock", t0=12345.678)
        answer = await alice.next("clock")
        assert answer["t0"] == 12345.678
        assert answer["t1"] <= answer["t2"] <= time.time() + 0.1
        assert answer["seq"] == alice.seq


async def test_sync_brings_a_snapshot(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        played = await alice.does("play")
        await alice.send("sync")
        snapshot = await alice.next("snapshot")
        assert snapshot["timeline"] == {key: played[key] for key in snapshot["timeline"]}
        assert set(snapshot) == set(alice.welcome) - {"protocol", "session", "you", "heartbeat"}


async def test_everybody_sees_one_order(engine: Engine, room: str) -> None:
    """Four people shout commands at once; all get the same timelines in the same order."""
    code = f"{room}-everyone"
    seen = []
    async with engine.clients(code, *(f"bob{number}" for number in range(4))) as people:
        for number in range(10):
            for person in people:
                await person.send("seek", id=str(number), position=people.index(person) * 100 + number + 1)
        for person in people:
            timelines = [await person.next("timeline") for _ in range(40)]
            seen.append([(one["seq"], one["position"]) for one in timelines])
    assert all(one == seen[0] for one in seen)
    assert [seq for seq, _ in seen[0]] == sorted({seq for seq, _ in seen[0]})


async def test_the_rest_twin(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        answer = await asyncio.to_thread(engine.command_by_rest, room, "owner", type="play", id="r")
        told = await alice.next("timeline")
        assert told["cause"] == {"action": "play", "by": None, "id": "r"}
        assert answer.json() == {key: told[key] for key in answer.json()}
        again = await asyncio.to_thread(engine.command_by_rest, room, "owner", type="play", id="r")
        assert again.json() == answer.json()
        await asyncio.to_thread(engine.command_by_rest, room, "owner", type="pause")
        assert (await alice.next("timeline"))["state"] == "paused"
        state = await asyncio.to_thread(engine.state, room)
        assert state["timeline"]["state"] == "paused"
        assert state["participants"][0]["id"] == alice.id
