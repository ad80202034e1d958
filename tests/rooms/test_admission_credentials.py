"""What shows who knocks at a room's door: tickets, tokens, cookies; each refusal with its code and its one word."""

from typing import Any

import pytest

from accounts.models import Session, User
from accounts.services import end_session, issue_tokens
from rooms import services
from rooms.models import Room
from sync.ports import Refused
from tests.live import PASSWORD
from tests.rooms.knocking import OURS, admit, bearer, cookie, refused, ticket

pytestmark = pytest.mark.usefixtures("one_host")


def refused_by_http(code: str, **options: Any) -> bool:
    with pytest.raises(Refused) as caught:
        admit(code, **options)
    return caught.value.status == 403


# --- Tickets


def test_a_ticket_is_good_once(bob_in: User, room: Room):
    session = issue_tokens(user=bob_in).session
    query = f"ticket={ticket(room, bob_in, session)}&session=abc&seq=4"

    assert admit(room.code, query).sid == str(session.pk)
    assert refused(room.code, query) == (4401, "bad_ticket")


def test_a_ticket_needs_no_origin(bob_in: User, room: Room):
    assert admit(room.code, f"ticket={ticket(room, bob_in)}", headers={"origin": "http://elsewhere.example"})


def test_a_ticket_is_good_for_its_room_only(alice: User, room: Room, private: Room):
    assert refused(private.code, f"ticket={ticket(room, alice)}") == (4401, "bad_ticket")


def test_a_ticket_for_elsewhere_does_not_tell_rooms_from_none(charlie: User, room: Room, private: Room):
    hidden = refused(private.code, f"ticket={ticket(room, charlie)}")
    absent = refused("abc-defg-hjk", f"ticket={ticket(room, charlie)}")

    assert hidden == absent == (4401, "bad_ticket")


def test_a_ticket_ends_with_the_device_that_asked_for_it(bob_in: User, room: Room):
    session = issue_tokens(user=bob_in).session
    query = f"ticket={ticket(room, bob_in, session)}"
    end_session(by=bob_in, session=session)

    assert refused(room.code, query) == (4401, "signed_out")


def test_a_ticket_of_a_disabled_account_is_none(bob_in: User, room: Room):
    query = f"ticket={ticket(room, bob_in)}"
    User.objects.filter(pk=bob_in.pk).update(is_active=False)

    assert refused(room.code, query) == (4401, "signed_out")


def test_a_ticket_does_not_outlive_a_kick(alice: User, bob_in: User, room: Room):
    query = f"ticket={ticket(room, bob_in)}"
    services.kick(by=alice, room=room, user=bob_in)

    assert refused(room.code, query) == (4403, "kicked")


@pytest.mark.parametrize("query", ["ticket=", "ticket=unknown", "ticket=%00", "ticket=%ff", "ticket=" + "x" * 9000])
def test_a_bad_ticket_is_not_mended_by_a_good_token(alice: User, room: Room, query: str):
    assert refused(room.code, query, headers=bearer(alice)) == (4401, "bad_ticket")


# --- Bearer tokens


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "x" * 9000])
def test_a_bad_token_is_not_mended_by_a_good_cookie(alice: User, room: Room, token: str):
    headers = {"authorization": f"Bearer {token}", "cookie": cookie(alice)} | OURS
    assert refused(room.code, headers=headers) == (4401, "bad_token")


def test_a_token_of_a_signed_out_device_is_none(bob_in: User, room: Room):
    tokens = issue_tokens(user=bob_in)
    end_session(by=bob_in, session=tokens.session)

    assert refused(room.code, headers={"authorization": f"Bearer {tokens.access}"}) == (4401, "bad_token")


def test_a_token_needs_no_origin(alice: User, room: Room):
    assert admit(room.code, headers=bearer(alice) | {"origin": "http://elsewhere.example"})


@pytest.mark.parametrize("name", ["token", "access", "access_token", "jwt", "authorization"])
def test_a_token_in_the_query_is_nothing(alice: User, room: Room, name: str):
    access = issue_tokens(user=alice).access
    assert refused(room.code, f"{name}={access}") == (4401, "not_authenticated")


def test_nobody_is_not_authenticated(room: Room):
    assert refused(room.code) == (4401, "not_authenticated")


# --- Cookies


def test_a_cookie_from_our_own_page_is_good(bob_in: User, room: Room):
    entered = admit(room.code, headers={"cookie": cookie(bob_in)} | OURS)

    assert entered.user_id == str(bob_in.pk)
    assert entered.sid == str(Session.objects.get(user=bob_in, kind="web").pk)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://testserver",
        "http://testserver:8001",
        "http://elsewhere.example",
        "http://testserver:8000.elsewhere.example",
        "http://sub.testserver:8000",
        "file://",
        "http://testserver:notaport",
        "http://[testserver:8000",
    ],
)
def test_a_cookie_from_another_page_is_refused_by_http(alice: User, room: Room, origin: str):
    assert refused_by_http(room.code, headers={"cookie": cookie(alice), "origin": origin})


def test_a_cookie_without_an_origin_is_refused_by_http(alice: User, room: Room):
    assert refused_by_http(room.code, headers={"cookie": cookie(alice)})


def test_a_bad_origin_is_refused_before_the_cookie_is_looked_at(room: Room):
    assert refused_by_http(room.code, headers={"cookie": "sessionid=stolen"})


def test_a_cookie_of_nobody_is_not_authenticated(room: Room):
    assert refused(room.code, headers={"cookie": "sessionid=nothing"} | OURS) == (4401, "signed_out")


def test_a_cookie_of_a_signed_out_device_is_none(bob_in: User, room: Room):
    headers = {"cookie": cookie(bob_in)} | OURS
    end_session(by=bob_in, session=Session.objects.get(user=bob_in, kind="web"))

    assert refused(room.code, headers=headers) == (4401, "signed_out")


def test_a_changed_password_ends_the_cookie(alice: User, room: Room):
    headers = {"cookie": cookie(alice)} | OURS
    alice.set_password(PASSWORD + "!")
    alice.save()

    assert refused(room.code, headers=headers) == (4401, "signed_out")


def test_other_cookies_are_no_credential(room: Room):
    assert refused(room.code, headers={"cookie": "csrftoken=x; theme=dark"}) == (4401, "not_authenticated")
