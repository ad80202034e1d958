from pytest_django import Settings

from accounts.models import Session, User
from rooms import services, tickets
from rooms.models import Room
from tests.rooms.conftest import Api


def ticket_path(room: Room) -> str:
    return f"/api/v1/rooms/{room.code}/ticket/"


def test_it_works(api: Api, bob_in: User, room: Room):
    answer = api(bob_in).post(ticket_path(room))

    assert answer.status_code == 201
    told = answer.json()
    assert told["expires_in"] == 30
    assert told["url"] == f"/ws/rooms/{room.code}/?ticket={told['ticket']}"
    held = tickets.redeem(told["ticket"])
    assert held is not None
    assert (held.room_id, held.user_id) == (room.pk, bob_in.pk)
    assert held.sid == str(Session.objects.get(user=bob_in).pk)


def test_with_a_public_url_the_socket_is_there(api: Api, alice: User, room: Room, settings: Settings):
    settings.PUBLIC_URL = "https://party.example"
    assert api(alice).post(ticket_path(room)).json()["url"].startswith(f"wss://party.example/ws/rooms/{room.code}/?")


def test_it_is_good_once():
    ticket = tickets.issue(room_id=Room().pk, user_id=User().pk, sid=None)

    assert tickets.redeem(ticket) is not None
    assert tickets.redeem(ticket) is None
    assert tickets.redeem("never issued") is None


def test_a_stranger_gets_none(api: Api, charlie: User, room: Room):
    assert api(charlie).post(ticket_path(room)).status_code == 403


def test_nobody_gets_none(api: Api, room: Room):
    assert api().post(ticket_path(room)).status_code == 401


def test_who_is_banned_gets_none(api: Api, alice: User, bob_in: User, room: Room):
    services.ban(by=alice, room=room, user=bob_in)

    refused = api(bob_in).post(ticket_path(room))
    assert refused.status_code == 403
    assert refused.json()["code"] == "banned"


def test_they_are_limited(api: Api, alice: User, room: Room, settings: Settings):
    settings.RATE_LIMIT_TICKET = "2/minute"
    client = api(alice)

    assert [client.post(ticket_path(room)).status_code for _ in range(3)] == [201, 201, 429]
