import pytest

from accounts.models import User
from rooms import services
from rooms.models import Room
from tests.rooms.conftest import Api, Committed, fields


def member_path(room: Room, user: User) -> str:
    return f"/api/v1/rooms/{room.code}/members/{user.pk}/"


def test_it_works(api: Api, alice: User, bob_in: User, room: Room):
    answer = api(alice).patch(member_path(room, bob_in), {"role": "moderator"})

    assert answer.status_code == 200
    assert answer.json()["role"] == "moderator"
    shown = api(bob_in).get(f"/api/v1/rooms/{room.code}/members/").json()["results"]
    assert [(one["user"]["name"], one["role"], one["is_owner"]) for one in shown] == [
        ("Alice", "host", True),
        ("Bob", "moderator", False),
    ]


def test_live_sockets_are_told(committed: Committed, alice: User, bob_in: User, room: Room):
    told = committed(lambda: services.change_role(by=alice, room=room, user=bob_in, role="moderator"))
    assert told == [("role_changed", str(room.pk), str(bob_in.pk), "moderator")]
    assert committed(lambda: services.change_role(by=alice, room=room, user=bob_in, role="moderator")) == []


def test_a_host_makes_moderators_but_no_hosts(api: Api, alice: User, bob_in: User, charlie: User, room: Room):
    services.join(by=charlie, room=room)
    services.change_role(by=alice, room=room, user=bob_in, role="host")

    assert api(bob_in).patch(member_path(room, charlie), {"role": "moderator"}).status_code == 200
    assert api(bob_in).patch(member_path(room, charlie), {"role": "host"}).status_code == 403


def test_a_host_does_not_demote_another(api: Api, alice: User, bob_in: User, charlie: User, room: Room):
    services.join(by=charlie, room=room)
    for user in (bob_in, charlie):
        services.change_role(by=alice, room=room, user=user, role="host")

    assert api(bob_in).patch(member_path(room, charlie), {"role": "member"}).status_code == 403
    assert api(alice).patch(member_path(room, charlie), {"role": "member"}).status_code == 200


def test_nobody_demotes_the_owner(api: Api, alice: User, bob_in: User, room: Room):
    services.change_role(by=alice, room=room, user=bob_in, role="host")

    assert api(bob_in).patch(member_path(room, alice), {"role": "member"}).status_code == 403
    assert api(alice).patch(member_path(room, alice), {"role": "member"}).status_code == 403


@pytest.mark.parametrize("role", ["moderator", "member"])
def test_others_change_no_roles(api: Api, alice: User, bob_in: User, charlie: User, room: Room, role: str):
    services.join(by=charlie, room=room)
    services.change_role(by=alice, room=room, user=bob_in, role=role)

    assert api(bob_in).patch(member_path(room, charlie), {"role": "moderator"}).status_code == 403
    assert api(bob_in).patch(member_path(room, bob_in), {"role": "host"}).status_code == 403


def test_a_guest_stays_a_guest(api: Api, alice: User, guest_in: User, room: Room):
    refused = api(alice).patch(member_path(room, guest_in), {"role": "moderator"})

    assert refused.status_code == 400
    assert fields(refused.json()) == ["role"]


def test_who_is_not_in_has_no_role(api: Api, alice: User, charlie: User, room: Room):
    assert api(alice).patch(member_path(room, charlie), {"role": "member"}).status_code == 404


@pytest.mark.parametrize("body", [{}, {"role": "guest"}, {"role": "owner"}, {"role": 1}, {"role": None}, {"role": []}])
def test_nonsense_is_named(api: Api, alice: User, bob_in: User, room: Room, body: object):
    answer = api(alice).patch(member_path(room, bob_in), body)

    assert answer.status_code == 400
    assert fields(answer.json()) == ["role"]
