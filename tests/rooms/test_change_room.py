import pytest
from django.contrib.auth.hashers import check_password

from accounts.models import User
from rooms import services
from rooms.models import Room
from tests.rooms.conftest import Api, Committed, fields


def test_it_works(api: Api, alice: User, room: Room):
    answer = api(alice).patch(
        f"/api/v1/rooms/{room.code}/",
        {"name": "Late show", "control": "host", "visibility": "public", "capacity": 5, "allow_guests": False},
    )

    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["name"], shown["control"], shown["visibility"]) == ("Late show", "host", "public")
    assert (shown["capacity"], shown["allow_guests"]) == (5, False)


def test_what_is_not_given_stays(api: Api, alice: User, room: Room):
    api(alice).patch(f"/api/v1/rooms/{room.code}/", {"buffering": {"timeout": 30}})

    shown = api(alice).get(f"/api/v1/rooms/{room.code}/").json()
    assert shown["buffering"] == {"policy": "everyone", "grace": 0.5, "timeout": 30.0}
    assert shown["name"] == "Movie night"


def test_a_password_is_set_and_taken_away(api: Api, alice: User, room: Room):
    path = f"/api/v1/rooms/{room.code}/"

    assert api(alice).patch(path, {"password": "sesame"}).json()["has_password"] is True
    assert check_password("sesame", Room.objects.get().password)
    assert api(alice).patch(path, {"name": "Other"}).json()["has_password"] is True
    assert api(alice).patch(path, {"password": None}).json()["has_password"] is False


def test_live_sockets_are_told(committed: Committed, alice: User, room: Room):
    told = committed(lambda: services.change_room(by=alice, room=room, control="host", buffering={"policy": "nobody"}))

    [(notice, settings)] = told
    assert notice == "settings_changed"
    assert settings["control"] == "host"
    assert settings["buffering"]["policy"] == "nobody"


def test_nobody_is_told_of_nothing(committed: Committed, alice: User, room: Room):
    assert committed(lambda: services.change_room(by=alice, room=room, control="everyone", capacity=9)) == []


def test_a_second_host_may(api: Api, alice: User, bob_in: User, room: Room):
    services.change_role(by=alice, room=room, user=bob_in, role="host")
    assert api(bob_in).patch(f"/api/v1/rooms/{room.code}/", {"name": "Bob's"}).status_code == 200


@pytest.mark.parametrize("role", ["moderator", "member"])
def test_others_may_not(api: Api, alice: User, bob_in: User, room: Room, role: str):
    services.change_role(by=alice, room=room, user=bob_in, role=role)
    assert api(bob_in).patch(f"/api/v1/rooms/{room.code}/", {"name": "Bob's"}).status_code == 403


def test_a_stranger_may_not(api: Api, charlie: User, room: Room):
    assert api(charlie).patch(f"/api/v1/rooms/{room.code}/", {"name": "Mine"}).status_code == 403


def test_who_may_not_is_not_told_of_bad_values(api: Api, bob_in: User, room: Room):
    assert api(bob_in).patch(f"/api/v1/rooms/{room.code}/", {"name": ""}).status_code == 403


def test_nonsense_is_named(api: Api, alice: User, room: Room):
    answer = api(alice).patch(f"/api/v1/rooms/{room.code}/", {"control": "nobody", "buffering": {"percent": 0}})

    assert answer.status_code == 400
    assert sorted(fields(answer.json())) == ["buffering.percent", "control"]
