"""To who isn't in it, a private room is the same as none: every path, every method, word for word."""

import pytest

from accounts.models import User
from rooms import services
from rooms.models import Room
from tests.rooms.conftest import Api

SOME_ID = "00000000-0000-4000-8000-000000000000"
PATHS = [
    ("get", ""),
    ("patch", ""),
    ("delete", ""),
    ("post", "join/"),
    ("post", "leave/"),
    ("get", "members/"),
    ("patch", f"members/{SOME_ID}/"),
    ("delete", f"members/{SOME_ID}/"),
    ("get", "bans/"),
    ("post", "bans/"),
    ("delete", f"bans/{SOME_ID}/"),
    ("get", "invites/"),
    ("post", "invites/"),
    ("delete", f"invites/{SOME_ID}/"),
    ("post", "ticket/"),
    ("get", "state/"),
    ("post", "commands/"),
    ("get", "queue/"),
    ("post", "queue/"),
    ("patch", f"queue/{SOME_ID}/"),
    ("delete", f"queue/{SOME_ID}/"),
    ("get", "messages/"),
    ("delete", "messages/1/"),
]


def test_it_works(api: Api, alice: User, private: Room):
    assert api(alice).get(f"/api/v1/rooms/{private.code}/").status_code == 200
    # A code is typed: upper case will do.
    assert api(alice).get(f"/api/v1/rooms/{private.code.upper()}/").status_code == 200


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_stranger_finds_nothing(api: Api, charlie: User, private: Room, method: str, path: str):
    client = api(charlie)
    absent = getattr(client, method)(f"/api/v1/rooms/abc-defg-hjk/{path}", {})
    hidden = getattr(client, method)(f"/api/v1/rooms/{private.code}/{path}", {})

    assert absent.status_code == hidden.status_code == 404
    assert absent.json() == hidden.json()
    assert dict(absent.headers) == dict(hidden.headers)


@pytest.mark.parametrize("way_out", ["leave", "kick", "ban"])
def test_who_is_out_finds_nothing_either(api: Api, alice: User, bob: User, private: Room, way_out: str):
    _invite, token = services.create_invite(by=alice, room=private)
    services.accept_invite(by=bob, token=token, asker="test")
    assert api(bob).get(f"/api/v1/rooms/{private.code}/").status_code == 200

    if way_out == "leave":
        services.leave(by=bob, room=private)
    else:
        getattr(services, way_out)(by=alice, room=private, user=bob)

    assert api(bob).get(f"/api/v1/rooms/{private.code}/").status_code == 404
    assert api(bob).post(f"/api/v1/rooms/{private.code}/join/").status_code == 404
    assert api(bob).get("/api/v1/rooms/").json()["results"] == []


def test_an_unlisted_room_is_seen_by_who_has_the_code(api: Api, charlie: User, room: Room):
    shown = api(charlie).get(f"/api/v1/rooms/{room.code}/").json()

    assert shown["name"] == "Movie night"
    assert shown["role"] is None


@pytest.mark.parametrize("code", ["x" * 200, "%00", "a.b", "é"])
def test_what_is_no_code_is_no_room(api: Api, alice: User, code: str):
    answer = api(alice).get(f"/api/v1/rooms/{code}/")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
