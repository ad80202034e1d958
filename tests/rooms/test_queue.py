from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from movies.models import Movie
from movies.selectors import visible_to
from rooms import services
from rooms.models import QueueEntry, Room
from rooms.playlist import Playlist
from tests.rooms.conftest import Api, Committed, fields
from watchparty.errors import NotFound


@pytest.fixture
def films(alice: User) -> list[Movie]:
    return [Movie.objects.create(owner=alice, title=f"Part {n}", status="ready", duration=60.0 + n) for n in range(3)]


@pytest.fixture
def queued(alice: User, room: Room, films: list[Movie]) -> list[QueueEntry]:
    return [services.add_to_queue(by=alice, room=room, movie=film) for film in films]


def queue_path(room: Room, entry: QueueEntry | None = None) -> str:
    return f"/api/v1/rooms/{room.code}/queue/" + (f"{entry.pk}/" if entry else "")


def titles(api: Api, user: User, room: Room) -> list[str]:
    shown = api(user).get(queue_path(room)).json()["results"]
    assert [one["position"] for one in shown] == sorted(one["position"] for one in shown)
    return [one["movie"]["title"] for one in shown]


def test_it_works(api: Api, alice: User, bob_in: User, room: Room, film: Movie):
    answer = api(alice).post(queue_path(room), {"movie": str(film.pk)})

    assert answer.status_code == 201
    assert answer.json()["movie"]["id"] == str(film.pk)
    assert answer.json()["position"] == 0
    assert titles(api, bob_in, room) == ["Metropolis"]


def test_members_may_watch_it_as_long_as_they_are_members(alice: User, bob_in: User, room: Room, film: Movie):
    assert not visible_to(bob_in).exists()
    services.add_to_queue(by=alice, room=room, movie=film)
    assert list(visible_to(bob_in)) == [film]
    services.ban(by=alice, room=room, user=bob_in)
    assert not visible_to(bob_in).exists()


def test_a_closed_room_shows_nothing_more(alice: User, bob_in: User, room: Room, film: Movie):
    services.add_to_queue(by=alice, room=room, movie=film)
    services.close_room(by=alice, room=room)
    assert not visible_to(bob_in).exists()


def test_only_its_owner_queues_a_movie(api: Api, alice: User, bob_in: User, room: Room, film: Movie):
    unseen = api(bob_in).post(queue_path(room), {"movie": str(film.pk)})
    assert unseen.status_code == 404
    assert fields(unseen.json()) == ["movie"]

    services.add_to_queue(by=alice, room=room, movie=film)
    other = services.create_room(by=bob_in, name="Bob's")
    seen = api(bob_in).post(queue_path(other), {"movie": str(film.pk)})
    assert seen.status_code == 403
    assert fields(seen.json()) == ["movie"]


def test_a_member_queues_their_own(api: Api, bob_in: User, room: Room):
    own = Movie.objects.create(owner=bob_in, title="Bob's", status="ready")
    assert api(bob_in).post(queue_path(room), {"movie": str(own.pk)}).status_code == 201


def test_a_stranger_queues_nothing(api: Api, charlie: User, room: Room):
    own = Movie.objects.create(owner=charlie, title="Charlie's", status="ready")

    assert api(charlie).post(queue_path(room), {"movie": str(own.pk)}).status_code == 403
    assert api(charlie).get(queue_path(room)).status_code == 403


def test_twice_is_refused(api: Api, alice: User, room: Room, film: Movie):
    services.add_to_queue(by=alice, room=room, movie=film)

    refused = api(alice).post(queue_path(room), {"movie": str(film.pk)})
    assert refused.status_code == 409
    assert refused.json()["code"] == "queued"


def test_a_failed_movie_is_refused(api: Api, alice: User, room: Room, film: Movie):
    Movie.objects.update(status="failed")
    assert api(alice).post(queue_path(room), {"movie": str(film.pk)}).status_code == 409


@pytest.mark.parametrize(
    ("position", "order"), [(0, "201"), (1, "021"), (2, "012"), (99, "012"), (2**63, "012"), (10**30, "012")]
)
@pytest.mark.usefixtures("queued")
def test_it_is_reordered(api: Api, alice: User, room: Room, queued: list[QueueEntry], position: int, order: str):
    answer = api(alice).patch(queue_path(room, queued[2]), {"position": position})

    assert answer.status_code == 200
    assert answer.json()["position"] == min(position, 2)
    assert titles(api, alice, room) == [f"Part {n}" for n in order]


def test_it_is_emptied(api: Api, alice: User, room: Room, queued: list[QueueEntry]):
    assert api(alice).delete(queue_path(room, queued[1])).status_code == 204
    assert titles(api, alice, room) == ["Part 0", "Part 2"]
    assert api(alice).delete(queue_path(room, queued[1])).status_code == 404


def test_who_does_not_control_the_room_removes_only_their_own(
    api: Api, alice: User, bob_in: User, room: Room, queued: list[QueueEntry]
):
    own = services.add_to_queue(
        by=bob_in, room=room, movie=Movie.objects.create(owner=bob_in, title="Bob's", status="ready")
    )
    services.change_room(by=alice, room=room, control="host")

    assert api(bob_in).patch(queue_path(room, own), {"position": 0}).status_code == 403
    assert api(bob_in).delete(queue_path(room, queued[0])).status_code == 403
    assert api(bob_in).delete(queue_path(room, own)).status_code == 204


def test_an_entry_of_another_room_is_none(api: Api, alice: User, private: Room, queued: list[QueueEntry]):
    assert api(alice).delete(queue_path(private, queued[0])).status_code == 404


def test_live_sockets_are_told(committed: Committed, alice: User, room: Room, films: list[Movie]):
    changed = [("queue_changed", str(room.pk))]
    entries: list[QueueEntry] = []

    assert committed(lambda: entries.append(services.add_to_queue(by=alice, room=room, movie=films[0]))) == changed
    assert committed(lambda: services.move_in_queue(by=alice, entry=entries[0], position=5)) == changed
    assert committed(lambda: services.remove_from_queue(by=alice, entry=entries[0])) == changed


def test_a_deleted_movie_leaves_the_queue(committed: Committed, alice: User, room: Room, film: Movie):
    services.add_to_queue(by=alice, room=room, movie=film)

    assert committed(film.delete) == [("queue_changed", str(room.pk))]


@pytest.mark.parametrize(
    ("method", "body", "field"),
    [
        ("post", {}, "movie"),
        ("post", {"movie": "first"}, "movie"),
        ("post", {"movie": 5}, "movie"),
        ("patch", {}, "position"),
        ("patch", {"position": -1}, "position"),
        ("patch", {"position": "last"}, "position"),
    ],
)
def test_nonsense_is_named(
    api: Api, alice: User, room: Room, queued: list[QueueEntry], method: str, body: object, field: str
):
    path = queue_path(room, queued[0] if method == "patch" else None)
    answer = getattr(api(alice), method)(path, body)

    assert answer.status_code in (400, 404)
    assert fields(answer.json()) == [field]


@pytest.mark.django_db(transaction=True)
async def test_the_engine_reads_it(alice: User, room: Room, film: Movie):
    from asgiref.sync import sync_to_async

    assert await Playlist().first(room_id=str(room.pk)) is None
    await sync_to_async(services.add_to_queue)(by=alice, room=room, movie=film)

    first = await Playlist().first(room_id=str(room.pk))
    assert first is not None
    assert (first.id, first.duration) == (str(film.pk), 60.0)
    assert await Playlist().get(room_id=str(room.pk), item=str(film.pk)) == first
    for unknown in (str(uuid4()), "no movie", "", "\x00"):
        with pytest.raises(NotFound):
            await Playlist().get(room_id=str(room.pk), item=unknown)


@pytest.mark.usefixtures("queued")
def test_more_movies_cost_no_more_queries(
    api: Api, alice: User, room: Room, django_assert_num_queries: DjangoAssertNumQueries
):
    client = api(alice)
    with CaptureQueriesContext(connection) as three:
        client.get(queue_path(room))
    film = Movie.objects.create(owner=alice, title="Part 3", status="ready")
    services.add_to_queue(by=alice, room=room, movie=film)
    with django_assert_num_queries(len(three)):
        client.get(queue_path(room))
