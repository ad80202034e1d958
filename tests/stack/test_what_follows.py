"""What follows a movie: the next one by itself or by votes, and what the room's history says of it."""

import asyncio
from typing import Any

import pytest

from tests.live import Person
from tests.stack.party import Seat, gathered, seats
from tests.waiting import PATIENCE

pytestmark = pytest.mark.server

COUNTDOWN = 5.0
LATE = 10.0
"""Seconds that a machine busy with other tests may be late."""


async def queued(people: list[Person], films: list[str], **fields: Any) -> str:
    """The code of a room of these people whose queue holds the films, which are the first one's."""
    code = await gathered(people, **fields)
    for each in films:
        await asyncio.to_thread(people[0].post, f"rooms/{code}/queue/", 201, movie=each)
    return code


async def played_out(host: Seat, other: Seat, duration: float) -> dict[str, Any]:
    """Both are told that the movie has ended, and when the next one follows."""
    await host.does("seek", position=duration - 0.1)
    begun = await host.does("play")
    ended = await host.hear("timeline", state="paused")
    assert (ended["cause"]["action"], ended["cause"]["by"], ended["position"]) == ("ended", None, duration)
    # It is told when a process has seen the end: not before it, and soon after.
    assert 0.09 < ended["next_at"] - COUNTDOWN - begun["anchor"] < LATE
    assert await other.hear("timeline", seq=ended["seq"]) == ended
    return ended


async def test_the_next_movie_follows_by_itself_unless_somebody_pauses(crowd: list[Person], films: list[str]):
    alice, bob = crowd[10:12]
    code = await queued([alice, bob], films[:2], auto_next=True)
    duration = alice.get(f"movies/{films[0]}/")["duration"]
    async with seats(code, alice, bob) as (host, other):
        await host.does("load", item=films[0])
        await played_out(host, other, duration)
        stayed = await other.does("pause")
        assert (stayed["state"], stayed["position"], stayed["item"]) == ("paused", duration, films[0])
        assert "next_at" not in stayed
        assert await host.hear("timeline", seq=stayed["seq"]) == stayed

        ended = await played_out(host, other, duration)
        for seat in (host, other):
            loaded = await seat.hear("timeline")
            # Not by the first countdown, which was called off.
            assert 0 <= loaded["anchor"] - ended["next_at"] < LATE
            begun = await seat.hear("timeline")
            told = [(one["item"], one["cause"]["action"], one["cause"]["by"]) for one in (loaded, begun)]
            assert told == [(films[1], "load", None), (films[1], "play", None)]
            assert begun["state"] == "playing"

        history = f"rooms/{code}/history/"
        async with asyncio.timeout(PATIENCE):
            while len(watched := (await asyncio.to_thread(bob.get, history))["results"]) < 2:
                await asyncio.sleep(0.1)
    told = [(one["movie"], one["title"], one["started_by"] and one["started_by"]["id"]) for one in watched]
    assert told == [(films[1], "Two", None), (films[0], "One", alice.id)]
    assert crowd[12].http.get(history).status_code == 403


async def test_more_than_half_of_the_users_skip_a_movie(crowd: list[Person], films: list[str]):
    alice, bob, cleo = crowd[10:13]
    code = await queued([alice, bob, cleo], films)
    skip = f"rooms/{code}/queue/skip/"

    def vote(person: Person, film: str, *, wanted: bool = True, expect: int = 202) -> None:
        person.post(skip, expect, movie=film, wanted=wanted)

    async with seats(code, alice, bob, bob, cleo) as places:
        host = places[0]
        await host.does("load", item=films[0])
        await asyncio.to_thread(vote, bob, films[0], expect=403)
        changed = await asyncio.to_thread(alice.http.patch, f"rooms/{code}/", json={"skip_votes": True})
        assert changed.status_code == 200
        for seat in places:
            assert (await seat.hear("room"))["skip_votes"] is True
        # Bob has two tabs and votes twice: that is one vote, which he may take back.
        for wanted, count in ((True, 1), (True, 1), (False, 0), (True, 1)):
            await asyncio.to_thread(vote, bob, films[0], wanted=wanted)
            for seat in places:
                assert (await seat.hear("votes", count=count))["needed"] == 2
        assert all(one["count"] < 2 for seat in places for one in seat.heard if one["type"] == "votes")
        await asyncio.to_thread(vote, cleo, films[0])
        for seat in places:
            skipped = await seat.hear("timeline", item=films[1])
            assert (skipped["state"], skipped["cause"]["by"]) == ("paused", None)
        # Votes are for what is on the screen: those that come late add nothing to the one for the second movie.
        await asyncio.to_thread(vote, alice, films[1])
        for seat in places:
            assert (await seat.hear("votes", item=films[1], count=1))["needed"] == 2
        for person in (bob, cleo):
            await asyncio.to_thread(vote, person, films[0])
        await asyncio.to_thread(vote, alice, films[1], wanted=False)
        for seat in places:
            await seat.hear("votes", item=films[1], count=0)
            counts = [one["count"] for one in seat.heard if one["type"] == "votes" and one["item"] == films[1]]
            assert max(counts) == 1
