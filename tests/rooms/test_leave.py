from accounts.models import User
from rooms import services
from rooms.models import Room
from tests.rooms.conftest import Api, Committed


def test_it_works(api: Api, bob_in: User, room: Room):
    assert api(bob_in).post(f"/api/v1/rooms/{room.code}/leave/").status_code == 204

    assert api(bob_in).get(f"/api/v1/rooms/{room.code}/").json()["role"] is None
    assert api(bob_in).get(f"/api/v1/rooms/{room.code}/members/").status_code == 403


def test_the_leavers_sockets_are_closed(committed: Committed, bob_in: User, room: Room):
    told = committed(lambda: services.leave(by=bob_in, room=room))
    assert told == [("kicked", str(room.pk), str(bob_in.pk), "not_member")]


def test_the_owner_stays(api: Api, alice: User, room: Room):
    refused = api(alice).post(f"/api/v1/rooms/{room.code}/leave/")

    assert refused.status_code == 409
    assert refused.json()["code"] == "owner"


def test_a_stranger_has_nothing_to_leave(api: Api, charlie: User, room: Room):
    assert api(charlie).post(f"/api/v1/rooms/{room.code}/leave/").status_code == 403
