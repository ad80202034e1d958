import pytest

from accounts.models import User
from rooms import services
from rooms.models import Room
from tests.rooms.conftest import Api, Committed


def member_path(room: Room, user: User) -> str:
    return f"/api/v1/rooms/{room.code}/members/{user.pk}/"


def test_it_works(api: Api, alice: User, bob_in: User, room: Room):
    assert api(alice).delete(member_path(room, bob_in)).status_code == 204

    shown = api(alice).get(f"/api/v1/rooms/{room.code}/members/").json()
    assert [one["user"]["name"] for one in shown["results"]] == ["Alice"]
    assert api(bob_in).post(f"/api/v1/rooms/{room.code}/ticket/").status_code == 403


def test_their_sockets_are_closed(committed: Committed, alice: User, bob_in: User, room: Room):
    told = committed(lambda: services.kick(by=alice, room=room, user=bob_in))
    assert told == [("kicked", str(room.pk), str(bob_in.pk), "kicked")]


def test_they_may_come_back(api: Api, alice: User, bob_in: User, room: Room):
    services.kick(by=alice, room=room, user=bob_in)
    assert api(bob_in).post(f"/api/v1/rooms/{room.code}/join/").status_code == 200


def test_a_moderator_kicks_members_and_guests(
    api: Api, alice: User, bob_in: User, charlie: User, guest_in: User, room: Room
):
    services.join(by=charlie, room=room)
    services.change_role(by=alice, room=room, user=bob_in, role="moderator")

    assert api(bob_in).delete(member_path(room, charlie)).status_code == 204
    assert api(bob_in).delete(member_path(room, guest_in)).status_code == 204


@pytest.mark.parametrize("role", ["moderator", "host"])
def test_a_moderator_kicks_no_equals_or_betters(
    api: Api, alice: User, bob_in: User, charlie: User, room: Room, role: str
):
    services.join(by=charlie, room=room)
    services.change_role(by=alice, room=room, user=bob_in, role="moderator")
    services.change_role(by=alice, room=room, user=charlie, role=role)

    assert api(bob_in).delete(member_path(room, charlie)).status_code == 403
    assert api(bob_in).delete(member_path(room, alice)).status_code == 403


def test_a_host_kicks_moderators(api: Api, alice: User, bob_in: User, charlie: User, room: Room):
    services.join(by=charlie, room=room)
    services.change_role(by=alice, room=room, user=bob_in, role="host")
    services.change_role(by=alice, room=room, user=charlie, role="moderator")

    assert api(bob_in).delete(member_path(room, charlie)).status_code == 204


def test_nobody_kicks_the_owner(api: Api, alice: User, bob_in: User, room: Room):
    services.change_role(by=alice, room=room, user=bob_in, role="host")

    refused = api(bob_in).delete(member_path(room, alice))
    assert refused.status_code == 403
    assert refused.json()["code"] == "owner"


def test_a_member_kicks_nobody(api: Api, bob_in: User, guest_in: User, room: Room):
    assert api(bob_in).delete(member_path(room, guest_in)).status_code == 403


def test_a_stranger_kicks_nobody(api: Api, charlie: User, bob_in: User, room: Room):
    assert api(charlie).delete(member_path(room, bob_in)).status_code == 403


def test_who_is_not_in_cannot_be_kicked(api: Api, alice: User, charlie: User, room: Room):
    assert api(alice).delete(member_path(room, charlie)).status_code == 404
