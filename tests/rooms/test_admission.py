"""Who may open the room's socket: each refusal with its close code and its one word."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from accounts.models import Session, User
from accounts.services import end_session, issue_tokens
from rooms import admission, services, tickets
from rooms.models import Room
from sync.ports import Admission, Refused
from tests.live import PASSWORD

Cookie = Callable[[User], str]


def scope(query: str = "", *, headers: dict[str, str] | None = None, scheme: str = "ws") -> dict[str, Any]:
    given = {"host": "testserver:8000"} | (headers or {})
    return {
        "type": "websocket",
        "scheme": scheme,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }


def bearer(user: User) -> dict[str, str]:
    return {"authorization": f"Bearer {issue_tokens(user=user).access}"}


def admit(code: str, query: str = "", **options: Any) -> Admission:
    return async_to_sync(admission.admit)(scope(query, **options), code)


def refused(code: str, query: str = "", **options: Any) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        admit(code, query, **options)
    return caught.value.close_code, caught.value.reason


def refused_by_http(code: str, **options: Any) -> bool:
    with pytest.raises(Refused) as caught:
        admit(code, **options)
    return caught.value.status == 403


@pytest.fixture
def cookie() -> Cookie:
    """The cookie header of a browser that somebody has signed in with."""

    def sign_in(user: User) -> str:
        browser = Client()
        browser.force_login(user)
        assert browser.get("/").status_code == 200
        return f"theme=dark; sessionid={browser.cookies['sessionid'].value}"

    return sign_in


@pytest.fixture(autouse=True)
def _hosts(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]


OURS = {"origin": "http://testserver:8000"}


def test_it_works(bob_in: User, room: Room):
    tokens = issue_tokens(user=bob_in)
    entered = admit(room.code, headers={"authorization": f"Bearer {tokens.access}"})

    assert (entered.room.id, entered.room.code, entered.room.name) == (str(room.pk), room.code, "Movie night")
    assert entered.room.control == "everyone"
    assert entered.room.buffering == {"policy": "everyone", "grace": 0.5, "timeout": 15.0}
    assert (entered.user_id, entered.name, entered.role) == (str(bob_in.pk), "Bob", "member")
    assert entered.sid == str(tokens.session.pk)
    assert entered.is_guest is False


def test_it_takes_few_queries(bob_in: User, room: Room, django_assert_num_queries: Any):
    headers = bearer(bob_in)
    with django_assert_num_queries(2):
        admit(room.code, headers=headers)


def test_a_code_may_be_typed_in_capitals(alice: User, room: Room):
    assert admit(room.code.upper(), headers=bearer(alice)).room.code == room.code


def test_a_guest_is_one(guest_in: User, room: Room):
    entered = admit(room.code, headers=bearer(guest_in))
    assert (entered.role, entered.is_guest, entered.name) == ("guest", True, "Gus")


# --- Tickets


def ticket(room: Room, user: User, session: Session | None = None) -> str:
    return tickets.issue(room_id=room.pk, user_id=user.pk, sid=str(session.pk) if session else None)


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
def test_a_bad_token_is_not_mended_by_a_good_cookie(alice: User, room: Room, cookie: Cookie, token: str):
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


def test_a_cookie_from_our_own_page_is_good(bob_in: User, room: Room, cookie: Cookie):
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
def test_a_cookie_from_another_page_is_refused_by_http(alice: User, room: Room, cookie: Cookie, origin: str):
    assert refused_by_http(room.code, headers={"cookie": cookie(alice), "origin": origin})


def test_a_cookie_without_an_origin_is_refused_by_http(alice: User, room: Room, cookie: Cookie):
    assert refused_by_http(room.code, headers={"cookie": cookie(alice)})


def test_a_bad_origin_is_refused_before_the_cookie_is_looked_at(room: Room):
    assert refused_by_http(room.code, headers={"cookie": "sessionid=stolen"})


def test_a_cookie_of_nobody_is_not_authenticated(room: Room):
    assert refused(room.code, headers={"cookie": "sessionid=nothing"} | OURS) == (4401, "signed_out")


def test_a_cookie_of_a_signed_out_device_is_none(bob_in: User, room: Room, cookie: Cookie):
    headers = {"cookie": cookie(bob_in)} | OURS
    end_session(by=bob_in, session=Session.objects.get(user=bob_in, kind="web"))

    assert refused(room.code, headers=headers) == (4401, "signed_out")


def test_a_changed_password_ends_the_cookie(alice: User, room: Room, cookie: Cookie):
    headers = {"cookie": cookie(alice)} | OURS
    alice.set_password(PASSWORD + "!")
    alice.save()

    assert refused(room.code, headers=headers) == (4401, "signed_out")


def test_other_cookies_are_no_credential(room: Room):
    assert refused(room.code, headers={"cookie": "csrftoken=x; theme=dark"}) == (4401, "not_authenticated")


# --- Rooms


def test_an_unknown_room(alice: User):
    assert refused("abc-defg-hjk", headers=bearer(alice)) == (4404, "no_such_room")
    assert refused("\x00", headers=bearer(alice)) == (4404, "no_such_room")


def test_a_private_room_looks_the_same(charlie: User, private: Room):
    assert refused(private.code, headers=bearer(charlie)) == (4404, "no_such_room")


def test_a_stranger_to_an_unlisted_room_is_no_member(charlie: User, room: Room):
    assert refused(room.code, headers=bearer(charlie)) == (4403, "not_member")


def test_a_stranger_who_is_banned_beforehand(alice: User, charlie: User, room: Room, private: Room):
    for one in (room, private):
        services.ban(by=alice, room=one, user=charlie)

    assert refused(room.code, headers=bearer(charlie)) == (4403, "banned")
    # Was never in it, so may not learn of it by being banned.
    assert refused(private.code, headers=bearer(charlie)) == (4404, "no_such_room")


@pytest.mark.parametrize(("way_out", "reason"), [("leave", "not_member"), ("kick", "kicked"), ("ban", "banned")])
def test_who_was_in_is_told_why_not(alice: User, bob: User, private: Room, way_out: str, reason: str):
    _invite, token = services.create_invite(by=alice, room=private)
    services.accept_invite(by=bob, token=token, asker="test")
    if way_out == "leave":
        services.leave(by=bob, room=private)
    else:
        getattr(services, way_out)(by=alice, room=private, user=bob)

    assert refused(private.code, headers=bearer(bob)) == (4403, reason)


def test_a_closed_room(alice: User, bob_in: User, charlie: User, room: Room, private: Room):
    for one in (room, private):
        services.close_room(by=alice, room=one)

    assert refused(room.code, headers=bearer(bob_in)) == (4410, "closed")
    assert refused(private.code, headers=bearer(alice)) == (4410, "closed")
    assert refused(private.code, headers=bearer(charlie)) == (4404, "no_such_room")


def test_a_database_that_is_down(alice: User, room: Room, monkeypatch: pytest.MonkeyPatch):
    def down(*_: object) -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(admission, "standings_by_code", down)
    assert refused(room.code, headers=bearer(alice)) == (1013, "unavailable")


@pytest.mark.django_db(transaction=True)
async def test_who_knock_at_once_are_each_judged_by_themselves(
    alice: User, bob_in: User, charlie: User, room: Room, private: Room, cookie: Cookie
):
    signed_out = await sync_to_async(issue_tokens)(user=bob_in)
    await sync_to_async(end_session)(by=bob_in, session=signed_out.session)
    bobs_ticket = await sync_to_async(ticket)(room, bob_in, (await sync_to_async(issue_tokens)(user=bob_in)).session)
    with_cookie = {"cookie": await sync_to_async(cookie)(alice)} | OURS
    knocking: list[tuple[dict[str, Any], str, tuple[User, str] | str]] = [
        (scope(headers=await sync_to_async(bearer)(alice)), room.code, (alice, "host")),
        (scope(headers={"authorization": "Bearer rubbish"}), room.code, "bad_token"),
        (scope(headers={"authorization": f"Bearer {signed_out.access}"}), room.code, "bad_token"),
        (scope(f"ticket={bobs_ticket}"), room.code, (bob_in, "member")),
        (scope(headers=with_cookie), private.code, (alice, "host")),
        (scope(), room.code, "not_authenticated"),
        (scope(headers=await sync_to_async(bearer)(alice)), "\0\ud800", "no_such_room"),
        (scope(headers=await sync_to_async(bearer)(charlie)), private.code, "no_such_room"),
        (scope(headers=await sync_to_async(bearer)(charlie)), room.code, "not_member"),
        (scope(headers=await sync_to_async(bearer)(bob_in)), room.code, (bob_in, "member")),
    ] * 5
    knocking[3::10] = knocking[3:4] + [(one, code, "bad_ticket") for one, code, _ in knocking[13::10]]
    outcomes = await asyncio.gather(*[admission.admit(one, code) for one, code, _ in knocking], return_exceptions=True)

    for outcome, (_, code, expected) in zip(outcomes, knocking, strict=True):
        if isinstance(expected, str):
            assert isinstance(outcome, Refused)
            assert outcome.reason == expected
        else:
            assert isinstance(outcome, Admission)
            assert (outcome.user_id, outcome.role, outcome.room.code) == (str(expected[0].pk), expected[1], code)


@pytest.mark.django_db(transaction=True)
async def test_of_many_with_one_ticket_one_comes_in(alice: User, room: Room):
    query = f"ticket={await sync_to_async(ticket)(room, alice)}"
    attempts = [admission.admit(scope(query), room.code) for _ in range(10)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)

    assert sum(isinstance(outcome, Admission) for outcome in outcomes) == 1
