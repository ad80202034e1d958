import json
import re

from accounts.models import User
from accounts.services import create_guest
from rooms import services
from rooms.models import Membership, Room
from tests.pages.conftest import Browser


def page_of(room: Room) -> str:
    return f"/rooms/{room.code}/"


def data_in(html: str) -> dict[str, object]:
    found = re.search(r'<script id="room-data" type="application/json">(.*?)</script>', html)
    assert found
    data: dict[str, object] = json.loads(found[1])
    return data


def test_it_works(browser: Browser, alice: User, room: Room):
    html = browser(alice).get(page_of(room)).content.decode()
    assert data_in(html) == {
        "code": room.code,
        "name": "Movie night",
        "control": "everyone",
        "role": "host",
        "owner": str(alice.pk),
        "user": {"id": str(alice.pk), "name": "Alice", "is_guest": False},
        "websocket": f"/ws/rooms/{room.code}/",
        "api": "/api/v1/",
        "csrf_cookie": "csrftoken",
        "media_origins": [],
        "fetched_origins": [],
    }
    assert f"/rooms/{room.code}/settings/" in html


def test_a_member_is_offered_no_settings(browser: Browser, room: Room, bob_in: User):
    html = browser(bob_in).get(page_of(room)).content.decode()
    assert data_in(html)["role"] == "member"
    assert f"/rooms/{room.code}/settings/" not in html


def test_who_is_not_signed_in_does_that_first(browser: Browser, room: Room):
    for path in (page_of(room), "/rooms/abc-defg-hij/"):
        assert browser().get(path)["Location"] == f"/accounts/login/?next={path}"


def test_a_stranger_finds_the_door_and_goes_in(browser: Browser, charlie: User, room: Room):
    client = browser(charlie)
    door = client.get(page_of(room)).content.decode()
    assert "room-data" not in door
    assert "Movie night" in door
    assert client.post(f"{page_of(room)}join/")["Location"] == page_of(room)
    assert "room-data" in client.get(page_of(room)).content.decode()


def test_a_private_room_looks_absent(browser: Browser, charlie: User, private: Room):
    client = browser(charlie)
    assert client.get(page_of(private)).status_code == 404
    assert client.post(f"{page_of(private)}join/").status_code == 404
    assert client.get("/rooms/abc-defg-hij/").status_code == 404


def test_the_password_is_asked_at_the_door(browser: Browser, alice: User, charlie: User):
    room = services.create_room(by=alice, name="Secret", visibility="unlisted", password="sesame")
    client = browser(charlie)
    assert 'type="password"' in client.get(page_of(room)).content.decode()
    wrong = client.post(f"{page_of(room)}join/", {"password": "open"})
    assert wrong.status_code == 422
    assert b'id="id_password_error"' in wrong.content
    assert client.post(f"{page_of(room)}join/", {"password": "sesame"}).status_code == 302


def test_who_is_banned_is_told_so(browser: Browser, alice: User, room: Room, bob_in: User):
    services.ban(by=alice, room=room, user=bob_in)
    answer = browser(bob_in).get(page_of(room))
    assert answer.status_code == 403
    assert b"You are banned from this room." in answer.content


def test_who_was_kicked_may_come_back(browser: Browser, alice: User, room: Room, bob_in: User):
    services.kick(by=alice, room=room, user=bob_in)
    client = browser(bob_in)
    assert b"You were taken out" in client.get(page_of(room)).content
    assert client.post(f"{page_of(room)}join/").status_code == 302


def test_a_guest_of_nowhere_is_told_to_register(browser: Browser, room: Room):
    client = browser(create_guest(display_name="Gus"))
    assert b"A guest is good for one room only" in client.get(page_of(room)).content
    assert client.post(f"{page_of(room)}join/").status_code == 422


def test_leaving_leads_home(browser: Browser, room: Room, bob_in: User):
    assert browser(bob_in).post(f"{page_of(room)}leave/")["Location"] == "/"
    assert Membership.objects.get(user=bob_in).state == Membership.State.LEFT


def test_a_closed_room_is_gone(browser: Browser, alice: User, room: Room):
    services.close_room(by=alice, room=room)
    assert browser(alice).get(page_of(room)).status_code == 404


def test_a_name_can_not_break_out_of_the_data(browser: Browser, alice: User):
    room = services.create_room(by=alice, name="</script><b>x", visibility="private")
    assert data_in(browser(alice).get(page_of(room)).content.decode())["name"] == "</script><b>x"
