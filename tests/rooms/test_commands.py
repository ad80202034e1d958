"""The sync protocol without a socket."""

import pytest

from accounts.models import User
from movies.models import Movie
from rooms import services
from rooms.models import Room
from tests.rooms.conftest import Api, fields

KEYS = {"seq", "item", "position", "rate", "state", "anchor", "waiting_for"}


def commands(room: Room) -> str:
    return f"/api/v1/rooms/{room.code}/commands/"


def test_it_works(api: Api, bob_in: User, room: Room):
    client = api(bob_in)
    sought = client.post(commands(room), {"type": "seek", "position": 30})

    assert sought.status_code == 200
    assert set(sought.json()) >= KEYS
    assert sought.json()["position"] == 30
    played = client.post(commands(room), {"type": "play"}).json()
    assert played["state"] == "playing"
    assert played["seq"] > sought.json()["seq"]

    state = client.get(f"/api/v1/rooms/{room.code}/state/").json()
    assert state["timeline"]["seq"] == played["seq"]
    assert state["room"]["code"] == room.code
    assert (state["participants"], state["participant_count"], state["chat_seq"]) == ([], 0, 0)


def test_one_id_takes_effect_once(api: Api, alice: User, room: Room):
    client = api(alice)
    first = client.post(commands(room), {"type": "seek", "position": 30, "id": "a"}).json()
    client.post(commands(room), {"type": "seek", "position": 40, "id": "b"})
    again = client.post(commands(room), {"type": "seek", "position": 30, "id": "a"})

    assert again.status_code == 200
    assert again.json()["position"] == 40
    assert again.json()["seq"] > first["seq"]


def test_a_movie_of_the_queue_is_loaded(api: Api, alice: User, room: Room, film: Movie):
    unqueued = api(alice).post(commands(room), {"type": "load", "item": str(film.pk)})
    assert unqueued.status_code == 404

    services.add_to_queue(by=alice, room=room, movie=film)
    assert api(alice).post(commands(room), {"type": "load", "item": str(film.pk)}).json()["item"] == str(film.pk)


def test_who_may_not_control_is_refused(api: Api, alice: User, bob_in: User, room: Room):
    services.change_room(by=alice, room=room, control="host")

    assert api(bob_in).post(commands(room), {"type": "play"}).status_code == 403
    assert api(alice).post(commands(room), {"type": "play"}).status_code == 200


@pytest.mark.parametrize("path", ["commands/", "state/"])
def test_a_stranger_is_refused(api: Api, charlie: User, room: Room, path: str):
    method = "post" if path == "commands/" else "get"
    assert getattr(api(charlie), method)(f"/api/v1/rooms/{room.code}/{path}", {"type": "play"}).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "play",
        7,
        {"type": "dance"},
        {"type": 1},
        {"type": "seek"},
        {"type": "seek", "position": "far"},
        {"type": "seek", "position": -1},
        {"type": "rate", "rate": 100},
        {"type": "play", "id": ""},
        {"type": "play", "id": 5},
        {"type": "load", "item": 3},
        {"type": "status", "state": "ready", "seq": 1, "position": 0, "buffered": 0},
        {"type": "chat", "id": "1", "text": "hi"},
    ],
)
def test_nonsense_is_refused(api: Api, alice: User, room: Room, body: object):
    answer = api(alice).post(commands(room), body)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "text", ["{", "[" * 5000, '{"type": "seek", "position": 1e999}', '{"type":"seek","position":NaN}']
)
def test_broken_json_is_refused(api: Api, alice: User, room: Room, text: str):
    answer = api(alice).post(commands(room), text, content_type="application/json")
    assert answer.status_code == 400


def test_the_field_is_named(api: Api, alice: User, room: Room):
    assert fields(api(alice).post(commands(room), {"type": "seek", "position": "far"}).json()) == ["position"]
