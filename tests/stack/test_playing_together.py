"""What is played and in what order, commanded by sockets and by REST alike."""

import asyncio
from pathlib import Path

import pytest

from tests.clips import make_clip
from tests.live import Person
from tests.stack.party import gathered, seats

pytestmark = pytest.mark.server


async def test_a_seek_is_undone_and_the_rate_changes_without_a_jump(crowd: list[Person]):
    alice, bob = crowd[10:12]
    code = await gathered([alice, bob])
    async with seats(code, alice, bob) as (host, other):
        played = await host.does("play")
        faster = await other.does("rate", rate=1.5)
        runs_on = played["position"] + max(0.0, faster["anchor"] - played["anchor"])
        assert faster["position"] == pytest.approx(runs_on, abs=0.01)
        before = await host.does("pause")
        await host.does("seek", position=500)
        undone = await host.does("seek", position=before["position"])
        assert (undone["position"], undone["rate"]) == (before["position"], 1.5)
        assert (await other.does("rate", rate=5))["code"] == "bad_message"
        # The same by REST, told to the sockets as nobody's.
        slower = await asyncio.to_thread(bob.post, f"rooms/{code}/commands/", 200, type="rate", rate=0.5)
        for seat in (host, other):
            told = await seat.hear("timeline", seq=slower["seq"])
            assert (told["rate"], told["cause"]["action"], told["cause"]["by"]) == (0.5, "rate", None)
        assert bob.http.post(f"rooms/{code}/commands/", json={"type": "rate", "rate": 5}).status_code == 400


async def test_next_pressed_by_two_goes_on_by_one(crowd: list[Person], films: list[str]):
    alice, bob = crowd[10:12]
    code = await gathered([alice, bob])
    queue = f"rooms/{code}/queue/"
    entries = [alice.post(queue, 201, movie=each) for each in films]
    async with seats(code, alice, bob) as (host, other):
        first, second, third = films
        await host.does("load", item=first)
        both = await asyncio.gather(*(seat.does("load", item=second, after=first) for seat in (host, other)))
        assert sorted(one["type"] for one in both) == ["ack", "timeline"]
        again = await asyncio.to_thread(bob.post, f"{queue}next/", 200, after=first)
        assert (again["item"], again["state"], again["position"]) == (second, "paused", 0)
        await asyncio.to_thread(bob.post, f"{queue}next/", 200, after=second)
        for seat in (host, other):
            assert (await seat.hear("timeline", item=third))["cause"]["by"] is None
        moved = alice.http.patch(f"{queue}{entries[2]['id']}/", json={"position": 0})
        assert moved.status_code == 200
        for seat in (host, other):
            await seat.hear("queue")
        assert [one["movie"]["id"] for one in bob.get(queue)["results"]] == [third, first, second]


async def test_a_room_whose_film_is_deleted_goes_on_with_the_next(
    crowd: list[Person], films: list[str], tmp_path: Path
):
    alice, bob = crowd[10:12]
    code = await gathered([alice, bob])
    clip = make_clip(tmp_path / "lost.mp4", seconds=1).read_bytes()
    lost = alice.http.post("movies/", data={"title": "Lost"}, files={"file": ("f.mp4", clip, "video/mp4")}).json()["id"]
    queue = f"rooms/{code}/queue/"
    for movie in (lost, films[0]):
        alice.post(queue, 201, movie=movie)
    async with seats(code, alice, bob) as (host, other):
        await host.does("load", item=lost)
        await other.hear("timeline", item=lost)
        assert (await asyncio.to_thread(alice.http.delete, f"movies/{lost}/")).status_code == 204
        await other.hear("queue")
        assert [one["movie"]["id"] for one in bob.get(queue)["results"]] == [films[0]]
        for person in (alice, bob):
            assert person.http.get(f"movies/{lost}/stream/").status_code == 404
        # Still on everybody's screen by name, which their pages show as gone; the next one takes its place.
        assert (await other.does("load", item=films[0], after=lost))["item"] == films[0]
