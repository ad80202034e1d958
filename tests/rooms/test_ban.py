import pytest

from accounts.models import User
from rooms import services
from rooms.models import Ban, Room
from tests.rooms.conftest import Api, Committed, fields


def bans_path(room: Room) -> str:
    return f"/api/v1/rooms/{room.code}/bans/"


def test_it_works(api: Api, alice: User, bob_in: User, room: Room):
    answer = api(alice).post(bans_path(room), {"user": str(bob_in.pk)})

    assert answer.status_code == 201
    assert answer.json()["user"]["name"] == "Bob"
    assert answer.json()["banned_by"]["name"] == "Alice"
    assert api(bob_in).get(f"/api/v1/rooms/{room.code}/").json()["role"] is None
    assert api(bob_in).post(f"/api/v1/rooms/{room.code}/join/").status_code == 403
    assert [one["user"]["id"] for one in api(alice).get(bans_path(room)).json()["results"]] == [str(bob_in.pk)]


def test_their_sockets_are_closed(committed: Committed, alice: User, bob_in: User, room: Room):
    told = committed(lambda: services.ban(by=alice, room=room, user=bob_in))
    assert told == [("kicked", str(room.pk), str(bob_in.pk), "banned")]


def test_no_invite_helps(api: Api, alice: User, bob_in: User, room: Room):
    services.ban(by=alice, room=room, user=bob_in)
    _invite, token = services.create_invite(by=alice, room=room, max_uses=1)

    refused = api(bob_in).post(f"/api/v1/invites/{token}/accept/")
    assert refused.status_code == 403
    assert refused.json()["code"] == "banned"


def test_a_stranger_is_banned_beforehand(api: Api, alice: User, charlie: User, room: Room):
    assert api(alice).post(bans_path(room), {"user": str(charlie.pk)}).status_code == 201
    assert api(charlie).post(f"/api/v1/rooms/{room.code}/join/").status_code == 403


def test_twice_is_once(api: Api, alice: User, bob_in: User, room: Room):
    for _ in range(2):
        assert api(alice).post(bans_path(room), {"user": str(bob_in.pk)}).status_code == 201
    assert Ban.objects.count() == 1


def test_it_is_lifted(api: Api, alice: User, bob_in: User, room: Room):
    services.ban(by=alice, room=room, user=bob_in)

    assert api(alice).delete(f"{bans_path(room)}{bob_in.pk}/").status_code == 204
    # Not in the room by that alone: they come in again as others do.
    assert api(bob_in).get(f"/api/v1/rooms/{room.code}/").json()["role"] is None
    assert api(bob_in).post(f"/api/v1/rooms/{room.code}/join/").status_code == 200


def test_a_ban_that_is_not_cannot_be_lifted(api: Api, alice: User, bob_in: User, room: Room):
    assert api(alice).delete(f"{bans_path(room)}{bob_in.pk}/").status_code == 404


def test_a_moderator_bans_members_only(api: Api, alice: User, bob_in: User, charlie: User, room: Room):
    services.join(by=charlie, room=room)
    services.change_role(by=alice, room=room, user=bob_in, role="moderator")

    assert api(bob_in).post(bans_path(room), {"user": str(alice.pk)}).status_code == 403
    assert api(bob_in).post(bans_path(room), {"user": str(charlie.pk)}).status_code == 201


def test_nobody_bans_themselves(api: Api, alice: User, room: Room):
    refused = api(alice).post(bans_path(room), {"user": str(alice.pk)})

    assert refused.status_code == 400
    assert fields(refused.json()) == ["user"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_members_have_no_say_in_bans(api: Api, alice: User, bob_in: User, charlie: User, room: Room, method: str):
    body = {"user": str(charlie.pk)}
    assert getattr(api(bob_in), method)(bans_path(room), body).status_code == 403
    assert getattr(api(charlie), method)(bans_path(room), body).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"user": "alice"}, 400), ({"user": []}, 400), ({"user": -1}, 400), ({"user": str(2**127)}, 400)],
)
def test_nonsense_is_named(api: Api, alice: User, room: Room, body: object, status: int):
    answer = api(alice).post(bans_path(room), body)

    assert answer.status_code == status
    assert fields(answer.json()) == ["user"]


def test_nobody_with_that_id(api: Api, alice: User, room: Room):
    answer = api(alice).post(bans_path(room), {"user": "00000000-0000-4000-8000-000000000000"})

    assert answer.status_code == 404
    assert fields(answer.json()) == ["user"]
