from accounts.models import User
from rooms import services
from rooms.models import Room
from tests.rooms.conftest import Api, Committed


def test_it_works(api: Api, alice: User, bob_in: User, room: Room):
    assert api(alice).delete(f"/api/v1/rooms/{room.code}/").status_code == 204

    assert api(alice).get(f"/api/v1/rooms/{room.code}/").status_code == 404
    assert api(bob_in).get(f"/api/v1/rooms/{room.code}/").status_code == 404
    assert api(bob_in).post(f"/api/v1/rooms/{room.code}/ticket/").status_code == 404


def test_its_guests_end_with_it(api: Api, alice: User, guest_in: User, room: Room):
    guest = api(guest_in)
    assert guest.get(f"/api/v1/rooms/{room.code}/").status_code == 200

    services.close_room(by=alice, room=room)

    assert guest.get(f"/api/v1/rooms/{room.code}/").status_code == 401
    guest_in.refresh_from_db()
    assert not guest_in.is_active


def test_members_do_not_end_with_it(alice: User, bob_in: User, room: Room):
    services.close_room(by=alice, room=room)

    bob_in.refresh_from_db()
    assert bob_in.is_active


def test_live_sockets_hear_of_the_room_before_the_guests_end(
    committed: Committed, alice: User, guest_in: User, room: Room
):
    told = committed(lambda: services.close_room(by=alice, room=room))

    assert told[0] == ("room_closed", str(room.pk))
    assert ("user_signed_out", str(guest_in.pk), None) in told


def test_only_the_owner_closes(api: Api, alice: User, bob_in: User, charlie: User, room: Room):
    services.change_role(by=alice, room=room, user=bob_in, role="host")

    assert api(bob_in).delete(f"/api/v1/rooms/{room.code}/").status_code == 403
    assert api(charlie).delete(f"/api/v1/rooms/{room.code}/").status_code == 403
    room.refresh_from_db()
    assert room.closed_at is None


def test_a_second_time_there_is_nothing(api: Api, alice: User, room: Room):
    api(alice).delete(f"/api/v1/rooms/{room.code}/")
    assert api(alice).delete(f"/api/v1/rooms/{room.code}/").status_code == 404


def test_an_erased_account_closes_its_rooms_and_leaves_the_others(
    committed: Committed, alice: User, bob_in: User, room: Room
):
    from accounts.services import erase

    bobs = services.create_room(by=bob_in, name="Bob's", visibility="unlisted")
    bob_id = str(bob_in.pk)

    told = committed(lambda: erase(by=bob_in, user=bob_in))

    assert ("room_closed", str(bobs.pk)) in told
    assert ("kicked", str(room.pk), bob_id, "not_member") in told
    assert ("user_signed_out", bob_id, None) in told
    assert Room.objects.get() == room
