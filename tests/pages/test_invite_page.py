import pytest

from accounts.models import Session, User
from rooms import services
from rooms.models import Membership, Room
from tests.pages.conftest import Browser


@pytest.fixture
def link(private: Room, alice: User) -> str:
    _invite, token = services.create_invite(by=alice, room=private)
    return f"/i/{token}/"


def test_it_works(browser: Browser, private: Room, link: str):
    client = browser()
    html = client.get(link).content.decode()
    assert "Just us" in html
    assert "Alice invites you" in html
    answer = client.post(link, {"as": "guest", "display_name": "Gus"})
    assert answer["Location"] == f"/rooms/{private.code}/"
    assert b"room-data" in client.get(answer["Location"]).content
    guest = User.objects.get(is_guest=True)
    assert (guest.name, private.memberships.get(user=guest).role) == ("Gus", "guest")
    assert Session.objects.live().filter(user=guest, kind="web").exists()


def test_who_is_signed_in_presses_one_button(browser: Browser, private: Room, bob: User, link: str):
    client = browser(bob)
    assert "Join as Bob" in client.get(link).content.decode()
    assert client.post(link, {"as": "me"})["Location"] == f"/rooms/{private.code}/"
    assert private.memberships.get(user=bob).role == "member"
    assert "Back to your seat" in client.get(link).content.decode()


def test_a_visit_alone_joins_nobody(browser: Browser, private: Room, bob: User, link: str):
    browser(bob).get(link)
    assert not Membership.objects.filter(user=bob).exists()


def test_signing_in_leads_back_here(browser: Browser, link: str):
    assert f"/accounts/login/?next={link}" in browser().get(link).content.decode()


def test_a_guest_needs_a_name(browser: Browser, link: str):
    for name in ("", "   ", "x" * 61, "\u202e"):
        answer = browser().post(link, {"as": "guest", "display_name": name})
        assert answer.status_code == 422
        assert b'id="id_display_name_error"' in answer.content
    assert not User.objects.filter(is_guest=True).exists()


def test_a_room_without_guests_offers_none(browser: Browser, alice: User, private: Room, link: str):
    services.change_room(by=alice, room=private, allow_guests=False)
    client = browser()
    assert "Join as a guest" not in client.get(link).content.decode()
    assert client.post(link, {"as": "guest", "display_name": "Gus"}).status_code == 422


def test_a_guest_of_another_room_becomes_a_new_guest(browser: Browser, alice: User, room: Room, link: str):
    _invite, token = services.create_invite(by=alice, room=room)
    client = browser()
    client.post(f"/i/{token}/", {"as": "guest", "display_name": "Gus"})
    assert "Join as a guest" in client.get(link).content.decode()
    client.post(link, {"as": "guest", "display_name": "Gus again"})
    assert User.objects.filter(is_guest=True).count() == 2


def test_who_is_banned_stays_out(browser: Browser, alice: User, bob: User, private: Room, link: str):
    services.ban(by=alice, room=private, user=bob)
    client = browser(bob)
    assert b"You are banned" in client.get(link).content
    assert client.post(link, {"as": "me"}).status_code == 403


def test_what_is_no_invite_is_not_found(browser: Browser):
    for path in ("/i/made-up/", "/i/made-up/qr.svg", "/i/%F0%9F%8D%BF/"):
        assert browser().get(path).status_code == 404


def test_guessing_is_slowed_down(browser: Browser, settings):
    settings.RATE_LIMIT_INVITE = "2/hour"
    answers = [browser().get(f"/i/guess-{number}/").status_code for number in range(3)]
    assert answers == [404, 404, 429]


def test_the_code_for_phones_is_a_picture_without_styles(browser: Browser, link: str):
    answer = browser().get(f"{link}qr.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")
    assert b"style=" not in answer.content
