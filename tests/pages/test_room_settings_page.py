import re
from typing import Any

import pytest

from accounts.models import User
from rooms import services
from rooms.models import Invite, Membership, Room
from tests.pages.conftest import Browser

RULES = {
    "name": "Renamed",
    "visibility": "public",
    "control": "moderators",
    "policy": "quorum",
    "percent": "80",
    "grace": "1.5",
    "timeout": "20",
    "capacity": "7",
    "slow_mode": "5",
    "host_handover": "on",
    "password": "",
}


def at(room: Room, rest: str = "") -> str:
    return f"/rooms/{room.code}/settings/{rest}"


def test_it_works(browser: Browser, alice: User, room: Room):
    client = browser(alice)
    assert client.post(at(room), RULES).status_code == 302
    room.refresh_from_db()
    assert (room.name, room.visibility, room.control, room.capacity) == ("Renamed", "public", "moderators", 7)
    assert (room.buffering_policy, room.buffering_percent) == ("quorum", 80)
    assert (room.buffering_grace, room.buffering_timeout, room.allow_guests) == (1.5, 20.0, False)
    assert (room.slow_mode, room.host_handover) == (5, True)
    assert 'value="1.5"' in client.get(at(room)).content.decode()


def test_the_password_stays_unless_it_is_taken_away(browser: Browser, alice: User):
    room = services.create_room(by=alice, name="Secret", password="sesame")
    client = browser(alice)
    client.post(at(room), RULES)
    room.refresh_from_db()
    assert room.password
    client.post(at(room), RULES | {"open_door": "on"})
    room.refresh_from_db()
    assert room.password == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("grace", "11"), ("grace", "nan"), ("timeout", "0"), ("capacity", "0"), ("percent", "101")],
)
def test_a_refusal_is_at_its_field(browser: Browser, alice: User, room: Room, field: str, value: str):
    answer = browser(alice).post(at(room), RULES | {field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"'.encode() in answer.content
    room.refresh_from_db()
    assert room.name == "Movie night"


def test_members_and_strangers_have_no_settings(browser: Browser, room: Room, bob_in: User, charlie: User):
    assert browser(bob_in).get(at(room)).status_code == 403
    assert browser(bob_in).post(at(room), RULES).status_code == 403
    assert browser(charlie).get(at(room)).status_code == 403


def test_of_a_private_room_a_stranger_hears_nothing(browser: Browser, charlie: User, private: Room):
    assert browser(charlie).get(at(private)).status_code == 404


def test_a_moderator_lets_people_in_and_out_but_makes_no_rules(browser: Browser, alice: User, room: Room, bob_in: User):
    services.change_role(by=alice, room=room, user=bob_in, role="moderator")
    client = browser(bob_in)
    html = client.get(at(room)).content.decode()
    assert "Make an invite" in html
    assert "Rules of the room" not in html
    assert f"members/{alice.pk}/kick" not in html
    assert client.post(at(room), RULES).status_code == 403
    assert client.post(at(room, f"members/{alice.pk}/kick/")).status_code == 403


def test_a_role_is_given(browser: Browser, alice: User, room: Room, bob_in: User):
    browser(alice).post(at(room, f"members/{bob_in.pk}/role/"), {"role": "host"})
    assert Membership.objects.get(user=bob_in).role == "host"


def test_a_made_up_role_is_refused(browser: Browser, alice: User, room: Room, bob_in: User):
    assert browser(alice).post(at(room, f"members/{bob_in.pk}/role/"), {"role": "king"}).status_code == 400


def test_a_member_is_kicked(browser: Browser, alice: User, room: Room, bob_in: User):
    browser(alice).post(at(room, f"members/{bob_in.pk}/kick/"))
    assert Membership.objects.get(user=bob_in).state == Membership.State.KICKED


def test_a_ban_is_made_and_lifted(browser: Browser, alice: User, room: Room, bob_in: User):
    client = browser(alice)
    client.post(at(room, f"members/{bob_in.pk}/ban/"))
    assert "Lift the ban" in client.get(at(room)).content.decode()
    client.post(at(room, f"bans/{bob_in.pk}/lift/"))
    assert not room.bans.exists()


def test_an_invite_is_shown_once_and_withdrawn(browser: Browser, alice: User, room: Room):
    client = browser(alice)
    made = client.post(at(room, "invites/"), {"expires_in": "86400", "max_uses": "3"}).content.decode()
    found = re.search(r'value="http://testserver(/i/[^"]+/)"', made)
    assert found
    assert browser().get(found[1]).status_code == 200
    assert found[1] not in client.get(at(room)).content.decode()
    invite = Invite.objects.get()
    assert invite.max_uses == 3
    client.post(at(room, f"invites/{invite.pk}/revoke/"))
    assert browser().get(found[1]).status_code == 404


def test_an_invite_is_mailed(
    browser: Browser, alice: User, room: Room, mailoutbox: list[Any], django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser(alice).post(at(room, "invites/"), {"expires_in": "86400", "email": "dana@example.org"})
    assert b"on its way to dana@example.org" in answer.content
    assert "http://testserver/i/" in mailoutbox[0].body


def test_a_bad_address_gets_no_invite(browser: Browser, alice: User, room: Room):
    answer = browser(alice).post(at(room, "invites/"), {"expires_in": "86400", "email": "a@x,b@y"})
    assert answer.status_code == 422
    assert not Invite.objects.exists()


def test_only_the_owner_closes_the_room(browser: Browser, alice: User, room: Room, bob_in: User):
    services.change_role(by=alice, room=room, user=bob_in, role="host")
    assert browser(bob_in).post(at(room, "close/")).status_code == 403
    assert browser(alice).post(at(room, "close/"))["Location"] == "/"
    room.refresh_from_db()
    assert room.closed_at


def test_mute_control_and_hand_over(browser: Browser, alice: User, room: Room, bob_in: User):
    client, seat = browser(alice), Membership.objects.get(room=room, user=bob_in)
    services.change_room(by=alice, room=room, control="host")
    services.ask_for_control(by=bob_in, room=room)
    assert b"asks to play and pause" in client.get(at(room)).content
    member = f"members/{bob_in.pk}/"
    for path, fields, shown in (
        ("mute/", {"muted": "yes"}, "muted"),
        ("mute/", {"muted": "no"}, "Mute<"),
        ("control/", {"granted": "yes"}, "may play and pause"),
        ("control/", {"granted": "no"}, "Let control"),
        ("host/", {}, "Be the host again"),
    ):
        answer = client.post(at(room, member + path), fields, follow=True)
        assert answer.status_code == 200
        assert shown in answer.content.decode(), path
    seat.refresh_from_db()
    assert (seat.role, seat.muted, seat.may_control) == ("host", False, False)
    client.post(at(room, f"members/{alice.pk}/host/"))
    assert Membership.objects.get(room=room, user=alice).role == "host"
