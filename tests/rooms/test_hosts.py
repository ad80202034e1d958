"""Whose the host's role is; over sockets: tests/stack/test_people.py."""

import pytest

from accounts.models import User
from rooms import services
from rooms.models import Membership, Room
from tests.rooms.conftest import Api
from watchparty.errors import Forbidden


def role_of(room: Room, user: User) -> str:
    return Membership.objects.get(room=room, user=user).role


@pytest.fixture
def charlie_in(room: Room, charlie: User) -> User:
    services.join(by=charlie, room=room)
    return charlie


@pytest.fixture
def willing(room: Room, alice: User) -> Room:
    return services.change_room(by=alice, room=room, host_handover=True)


def test_it_works(api: Api, alice: User, bob_in: User, room: Room):
    answer = api(alice).post(f"/api/v1/rooms/{room.code}/host/", {"user": str(bob_in.pk)})
    assert (answer.status_code, answer.json()["role"]) == (200, "host")
    assert role_of(room, alice) == "moderator"


def test_only_hosts_hand_over_and_not_to_guests(api: Api, alice: User, bob_in: User, guest_in: User, room: Room):
    path = f"/api/v1/rooms/{room.code}/host/"
    assert api(bob_in).post(path, {"user": str(bob_in.pk)}).status_code == 403
    assert api(bob_in).post(path, {"user": str(guest_in.pk)}).status_code == 403
    assert api(alice).post(path, {"user": str(guest_in.pk)}).status_code == 400


def test_an_owner_without_the_role_is_still_the_owner(alice: User, bob_in: User, room: Room):
    services.hand_over(by=alice, room=room, user=bob_in)
    for act in (services.kick, services.ban):
        with pytest.raises(Forbidden):
            act(by=bob_in, room=room, user=alice)
    with pytest.raises(Forbidden):
        services.change_role(by=bob_in, room=room, user=alice, role="member")
    services.change_role(by=alice, room=room, user=bob_in, role="member")


def test_a_moderator_stands_in_before_who_is_longer_here(
    alice: User, bob_in: User, charlie_in: User, guest_in: User, willing: Room
):
    here = [guest_in.pk, bob_in.pk, charlie_in.pk]
    services.change_role(by=alice, room=willing, user=charlie_in, role="moderator")
    services.stand_in(room_id=willing.pk, candidates=here)
    assert role_of(willing, charlie_in) == "host"
    # Another process asks for the same.
    assert services.stand_in(room_id=willing.pk, candidates=here) is None
    assert role_of(willing, bob_in) == "member"

    services.take_back(room=willing)
    assert role_of(willing, charlie_in) == "moderator"


def test_guests_and_strangers_do_not_stand_in(guest_in: User, charlie: User, willing: Room):
    assert services.stand_in(room_id=willing.pk, candidates=[guest_in.pk, charlie.pk]) is None


def test_nor_anybody_where_the_room_does_not_say_so(bob_in: User, room: Room):
    assert services.stand_in(room_id=room.pk, candidates=[bob_in.pk]) is None


def test_who_was_given_a_role_meanwhile_keeps_it(alice: User, bob_in: User, willing: Room):
    services.stand_in(room_id=willing.pk, candidates=[bob_in.pk])
    services.change_role(by=alice, room=willing, user=bob_in, role="moderator")
    services.take_back(room=willing)
    assert role_of(willing, bob_in) == "moderator"
