from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from rooms import services
from rooms.models import Membership, Room
from tests.rooms.conftest import Api, fields
from watchparty.errors import Conflict


def test_it_works(api: Api, bob: User, room: Room):
    answer = api(bob).post(f"/api/v1/rooms/{room.code}/join/")

    assert answer.status_code == 200
    assert answer.json()["role"] == "member"
    assert answer.json()["member_count"] == 2


def test_joining_twice_is_joining_once(api: Api, alice: User, bob_in: User, room: Room):
    services.change_role(by=alice, room=room, user=bob_in, role="moderator")

    assert api(bob_in).post(f"/api/v1/rooms/{room.code}/join/").json()["role"] == "moderator"
    assert Membership.objects.count() == 2


def test_who_comes_back_is_a_member_again(api: Api, alice: User, bob_in: User, room: Room):
    services.change_role(by=alice, room=room, user=bob_in, role="moderator")
    services.leave(by=bob_in, room=room)

    assert api(bob_in).post(f"/api/v1/rooms/{room.code}/join/").json()["role"] == "member"


def test_a_password_is_asked_for(api: Api, alice: User, bob: User, room: Room):
    services.change_room(by=alice, room=room, password="sesame")
    path = f"/api/v1/rooms/{room.code}/join/"

    for body in ({}, {"password": ""}, {"password": "wrong"}):
        refused = api(bob).post(path, body)
        assert refused.status_code == 403
        assert fields(refused.json()) == ["password"]
    assert api(bob).post(path, {"password": "sesame"}).status_code == 200


def test_a_member_is_not_asked_again(api: Api, alice: User, bob_in: User, room: Room):
    services.change_room(by=alice, room=room, password="sesame")
    assert api(bob_in).post(f"/api/v1/rooms/{room.code}/join/").status_code == 200


def test_passwords_are_not_guessed_at_leisure(api: Api, alice: User, bob: User, room: Room, settings: Settings):
    settings.RATE_LIMIT_TOKEN = "3/minute"
    services.change_room(by=alice, room=room, password="sesame")
    client, path = api(bob), f"/api/v1/rooms/{room.code}/join/"

    tries = [client.post(path, {"password": "guess"}).status_code for _ in range(4)]
    assert tries == [403, 403, 403, 429]
    # Not even with the right one, for the rest of the minute.
    late = client.post(path, {"password": "sesame"})
    assert late.status_code == 429
    assert int(late["Retry-After"]) > 0


def test_who_is_banned_stays_out(api: Api, alice: User, bob: User, room: Room):
    services.ban(by=alice, room=room, user=bob)

    refused = api(bob).post(f"/api/v1/rooms/{room.code}/join/")
    assert refused.status_code == 403
    assert refused.json()["code"] == "banned"


def test_a_full_room_says_so(api: Api, alice: User, bob: User, charlie: User, room: Room):
    services.change_room(by=alice, room=room, capacity=2)

    assert api(bob).post(f"/api/v1/rooms/{room.code}/join/").status_code == 200
    refused = api(charlie).post(f"/api/v1/rooms/{room.code}/join/")
    assert refused.status_code == 409
    assert refused.json()["code"] == "full"
    services.leave(by=bob, room=room)
    assert api(charlie).post(f"/api/v1/rooms/{room.code}/join/").status_code == 200


def test_a_guest_of_one_room_is_no_guest_of_another(api: Api, alice: User, guest_in: User):
    other = services.create_room(by=alice, name="Other", visibility="public")

    refused = api(guest_in).post(f"/api/v1/rooms/{other.code}/join/")
    assert refused.status_code == 403
    assert refused.json()["code"] == "guest"


@pytest.mark.parametrize("body", [{"password": 7.5e300}, {"password": ["a"]}, ["password"], "password"])
def test_nonsense_is_refused(api: Api, alice: User, bob: User, room: Room, body: object):
    services.change_room(by=alice, room=room, password="sesame")
    assert api(bob).post(f"/api/v1/rooms/{room.code}/join/", body).status_code in (400, 403)


@pytest.mark.django_db(transaction=True)
def test_the_last_seat_is_taken_once(alice: User, room: Room):
    services.change_room(by=alice, room=room, capacity=4)
    people = [User.objects.create_user(f"person{number}") for number in range(12)]

    def rush(user: User) -> bool:
        try:
            services.join(by=user, room=room)
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(rush, people)) == 3
    assert Membership.objects.filter(state="active").count() == 4
