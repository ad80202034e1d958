"""What follows a movie: the next one after a countdown, or at once because most want it. Over sockets."""

import asyncio

from sync import buffering, timeline
from sync.buffering import Rule
from sync.timeline import Timeline
from tests.sync.harness import Client, Engine

PLAYING = Timeline(seq=9, item="a", duration=60.0, position=50.0, state="playing", anchor=100.0, mark=3)


async def play_to_the_end(one: Client) -> dict[str, object]:
    """Loads the movie of two seconds and plays the last bit of it."""
    await one.does("load", "a", item="short")
    await one.does("seek", "b", position=1.9)
    await one.does("play", "c")
    while (ended := await one.next("timeline"))["cause"]["action"] != "ended":
        pass
    return ended


def test_the_end_announces_the_next_movie_where_the_room_wants_it():
    ended = buffering.due(PLAYING, {}, Rule(next_in=5.0), seq=10, now=110.5, lead=0.0)
    assert ended is not None
    assert (ended.timeline.state, ended.timeline.next_at) == ("paused", 115.5)
    plain = buffering.due(PLAYING, {}, Rule(), seq=10, now=110.5, lead=0.0)
    assert plain is not None
    assert plain.timeline.next_at is None


def test_whatever_is_commanded_meanwhile_calls_it_off():
    ended = timeline.end(PLAYING, seq=10, now=110.5, next_in=5.0)
    assert ended is not None
    stayed = timeline.pause(ended, seq=11, now=112.0)
    assert stayed is not None
    assert (stayed.position, stayed.state, stayed.next_at) == (60.0, "paused", None)
    assert timeline.pause(ended, seq=11, now=116.0) is None, "it's too late to call it off"
    again = timeline.play(ended, seq=11, now=112.0, lead=0.1)
    back = timeline.seek(ended, 30.0, seq=11, now=112.0, lead=0.1)
    waiting = timeline.play(ended, seq=11, now=112.0, lead=0.1, waiting_for=["p1"])
    assert [one and one.next_at for one in (again, back, waiting)] == [None, None, None]


def test_the_countdown_survives_a_restart_that_does_not_last_long():
    ended = timeline.end(PLAYING, seq=10, now=110.5, next_in=5.0)
    assert ended is not None
    assert timeline.restore(ended, seq=11, now=118.0).next_at == 115.5
    assert timeline.restore(ended, seq=11, now=126.0).next_at is None


async def test_it_works(engine: Engine, room: str) -> None:
    """Five seconds after the end the next movie is loaded, once, and plays; everybody hears the same."""
    async with engine.client(f"next-{room}") as alice, engine.client(f"next-{room}", "bob") as bob:
        ended = await play_to_the_end(alice)
        now = (await alice.does("rate", "d", rate=1))["type"]
        assert now == "ack"
        told = [await alice.next("timeline"), await alice.next("timeline")]
        assert [one["cause"]["action"] for one in told] == ["load", "play"]
        assert [one["item"] for one in told] == ["unknown", "unknown"]
        assert told[0]["anchor"] - float(str(ended["next_at"])) < 1.0
        assert told[0]["anchor"] >= float(str(ended["next_at"]))
        assert "next_at" not in told[0]
        while (heard := await bob.next("timeline"))["seq"] < told[0]["seq"]:
            pass
        assert heard == told[0]


async def test_a_pause_during_the_countdown_stays_here(engine: Engine, room: str) -> None:
    async with engine.client(f"next-{room}") as alice:
        assert "next_at" in await play_to_the_end(alice)
        stayed = await alice.does("pause", "d")
        assert (stayed["type"], stayed["state"], stayed["item"]) == ("timeline", "paused", "short")
        assert "next_at" not in stayed


async def test_more_than_half_of_those_present_skip_a_movie(engine: Engine, room: str) -> None:
    room = f"vote-{room}"
    async with engine.client(room) as alice, engine.client(room, "bob") as bob, engine.client(room, "cleo") as cleo:
        loaded = await alice.does("load", "a", item="long")
        await alice.does("play", "b", force=True)
        vote = {"room_id": room, "item_id": "long", "wanted": True}
        for _ in range(2):
            await asyncio.to_thread(engine.notice, "skip_voted", user_id="bob", **vote)
            assert (await cleo.next("votes"))["count"] == 1, "one vote for each user"
        await asyncio.to_thread(engine.notice, "skip_voted", user_id="stranger", **vote)
        assert await cleo.next("votes") == {"type": "votes", "item": "long", "count": 1, "needed": 2}
        await asyncio.to_thread(engine.notice, "skip_voted", user_id="cleo", **vote)
        assert (await alice.next("votes", count=2))["needed"] == 2
        skipped = await bob.next("timeline", item="short")
        assert skipped["seq"] > loaded["seq"]
        assert (await bob.next("timeline"))["state"] == "playing"


async def test_a_room_that_does_not_vote_takes_none(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        await alice.does("load", "a", item="long")
        about = {"room_id": room, "item_id": "long", "wanted": True}
        await asyncio.to_thread(engine.notice, "skip_voted", user_id="owner", **about)
        await asyncio.sleep(0.5)
        assert not [one for one in await alice.now() if one["type"] in ("votes", "timeline")]


async def test_a_waiting_room_says_since_when(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await bob.status("buffering", alice.seq)
        await bob.now()
        waiting = await alice.does("play", "a")
        assert waiting["waiting_since"] == waiting["anchor"]
        async with engine.client(room, "cleo") as cleo:
            assert cleo.welcome["timeline"]["waiting_since"] == waiting["waiting_since"]
        assert "waiting_since" not in await alice.does("play", "b", force=True)
