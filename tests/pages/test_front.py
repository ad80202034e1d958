from accounts.models import User
from rooms import services
from rooms.models import Room
from tests.pages.conftest import Browser


def text(response) -> str:
    return str(response.content, "utf-8")


def test_it_works(browser: Browser, alice: User, room: Room, private: Room):
    page = browser(alice).get("/")
    assert page.status_code == 200
    assert "Movie night" in text(page)
    assert "Just us" in text(page)
    assert "New room" in text(page)


def test_a_visitor_learns_what_it_is_and_sees_public_rooms_only(browser: Browser, alice: User, room: Room):
    services.create_room(by=alice, name="Open air", visibility="public")
    page = text(browser().get("/"))
    assert "/accounts/register/" in page
    assert "Open air" in page
    assert "Movie night" not in page


def test_a_stranger_sees_no_room_of_others(browser: Browser, charlie: User, room: Room, private: Room):
    page = text(browser(charlie).get("/"))
    assert "Movie night" not in page
    assert "Just us" not in page
    assert "The house is still dark" in page


def test_a_public_room_of_mine_is_listed_once(browser: Browser, alice: User):
    made = services.create_room(by=alice, name="Open air", visibility="public")
    assert text(browser(alice).get("/")).count(f'href="/rooms/{made.code}/"') == 1


def test_a_code_leads_to_its_room(browser: Browser, charlie: User, room: Room):
    for typed in (room.code, f" {room.code.upper()} ", f"http://testserver/rooms/{room.code}/"):
        answer = browser(charlie).get("/rooms/", {"code": typed})
        assert (answer.status_code, answer["Location"]) == (302, f"/rooms/{room.code}/")


def test_an_unknown_code_is_said_at_the_field(browser: Browser, charlie: User, private: Room):
    for typed in ("abc-defg-hij", private.code):
        answer = browser(charlie).get("/rooms/", {"code": typed})
        assert answer.status_code == 404
        assert 'aria-describedby="code_error"' in text(answer)
        assert "There is no such room." in text(answer)


def test_names_are_escaped(browser: Browser, alice: User):
    services.create_room(by=alice, name="<script>alert(1)</script>", visibility="public")
    assert "<script>alert" not in text(browser().get("/"))


def test_search_engines_keep_out_of_rooms(browser: Browser):
    robots = browser().get("/robots.txt")
    assert robots["Content-Type"].startswith("text/plain")
    assert "Disallow: /\n" in text(robots)


def test_a_guest_finds_the_way_back_and_out(browser: Browser, alice: User, room: Room):
    _invite, token = services.create_invite(by=alice, room=room)
    guest, _room = services.admit_guest(token=token, display_name="Gus", address="test")
    client = browser(guest)
    page = text(client.get("/"))
    assert "Movie night" in page
    assert "New room" not in page
    assert "/accounts/logout/" in page
    client.post("/accounts/logout/")
    assert "Movie night" not in text(client.get("/"))
