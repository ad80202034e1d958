"""Who may open the room's socket: each refusal with its close code and its one word."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from accounts.models import User
from accounts.services import end_session, issue_tokens
from rooms import admission, services
from rooms.models import Room
from sync.ports import Admission, Refused
from tests.rooms.knocking import OURS, admit, bearer, cookie, refused, scope, ticket

pytestmark = pytest.mark.usefixtures("one_host")


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
    alice: User, bob_in: User, charlie: User, room: Room, private: Room
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
