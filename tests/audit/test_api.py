"""Reading and verifying entries over REST."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import services as people
from accounts.models import User
from audit.facts import Fact
from audit.models import OutboxEvent
from audit.shipping import ship
from rooms import services
from rooms.models import Room

Api = Callable[..., APIClient]
ENTRIES = "/api/v1/audit/entries/"


@pytest.fixture
def room(alice: User, bob: User) -> Room:
    """Alice's, with Bob; two rows of it and one of his joining are in the ledger."""
    room = services.create_room(by=alice, name="Friday", visibility="public")
    services.join(by=bob, room=room)
    ship()
    return room


@pytest.fixture
def staff(db: None) -> User:
    user = User.objects.create_user(username="mod", is_staff=True)
    user.user_permissions.add(Permission.objects.get(content_type__app_label="audit", codename="view_outboxevent"))
    return user


def verify(entry: OutboxEvent) -> str:
    return f"{ENTRIES}{entry.event}/verify/"


class TestOfARoom:
    def test_it_works(self, api: Api, room: Room, alice: User, bob: User) -> None:
        answer = api(alice).get(f"/api/v1/rooms/{room.code}/audit/")
        assert answer.status_code == 200
        assert answer.json()["count"] == 2
        joined, created = answer.json()["results"]
        assert created["fact"] == "room.created"
        assert joined["fact"] == "member.joined"
        assert joined["actor"] == {"id": str(bob.pk), "name": "Bob"}
        assert joined["subject_name"] == "Bob"
        assert joined["room"] == {"id": str(room.pk), "code": room.code}
        assert joined["data"] == {"role": "member"}
        assert joined["tx"] == 2

    def test_moderators_read_it_too(self, api: Api, room: Room, alice: User, bob: User) -> None:
        services.change_role(by=alice, room=room, user=bob, role="moderator")
        assert api(bob).get(f"/api/v1/rooms/{room.code}/audit/").status_code == 200

    def test_members_do_not(self, api: Api, room: Room, bob: User) -> None:
        assert api(bob).get(f"/api/v1/rooms/{room.code}/audit/").status_code == 403

    def test_strangers_do_not(self, api: Api, room: Room, charlie: User) -> None:
        assert api(charlie).get(f"/api/v1/rooms/{room.code}/audit/").status_code == 403

    def test_nobody_does_not(self, api: Api, room: Room) -> None:
        assert api().get(f"/api/v1/rooms/{room.code}/audit/").status_code == 401

    def test_a_private_room_looks_absent(self, api: Api, room: Room, alice: User, charlie: User) -> None:
        services.change_room(by=alice, room=room, visibility="private")
        missing = api(charlie).get("/api/v1/rooms/nowhere/audit/")
        hidden = api(charlie).get(f"/api/v1/rooms/{room.code}/audit/")
        assert (hidden.status_code, hidden.json()) == (missing.status_code, missing.json()) == (404, missing.json())

    def test_it_shows_no_other_room(self, api: Api, room: Room, alice: User) -> None:
        services.create_room(by=alice, name="Other")
        assert api(alice).get(f"/api/v1/rooms/{room.code}/audit/").json()["count"] == 2

    def test_who_was_erased_has_no_name_any_more(self, api: Api, room: Room, alice: User, bob: User) -> None:
        gone = str(bob.pk)
        people.erase(by=bob, user=bob)
        joined = api(alice).get(f"/api/v1/rooms/{room.code}/audit/").json()["results"][-2]
        assert joined["actor"] == {"id": gone, "name": None}

    def test_more_rows_cost_no_more_queries(self, api: Api, room: Room, alice: User) -> None:
        client = api(alice)

        def queries() -> int:
            with CaptureQueriesContext(connection) as seen:
                client.get(f"/api/v1/rooms/{room.code}/audit/")
            return len(seen)

        few = queries()
        for number in range(5):
            services.join(by=User.objects.create_user(username=f"user{number}"), room=room)
        assert queries() == few


class TestAll:
    def test_it_works(self, api: Api, room: Room, staff: User) -> None:
        answer = api(staff).get(ENTRIES)
        assert answer.status_code == 200
        assert {"room.created", "member.joined"} <= {entry["fact"] for entry in answer.json()["results"]}

    def test_hosts_do_not_see_it(self, api: Api, room: Room, alice: User) -> None:
        assert api(alice).get(ENTRIES).status_code == 403

    def test_nobody_does_not(self, api: Api, room: Room) -> None:
        assert api().get(ENTRIES).status_code == 401

    def test_superusers_see_it(self, api: Api, room: Room) -> None:
        root = User.objects.create_user(username="root", is_staff=True, is_superuser=True)
        assert api(root).get(ENTRIES).status_code == 200

    def test_being_staff_is_not_enough(self, api: Api, room: Room) -> None:
        helper = api(User.objects.create_user(username="helper", is_staff=True))
        event = OutboxEvent.objects.latest("number")
        assert helper.get(ENTRIES).status_code == 403
        assert helper.get(f"{ENTRIES}{event.event}/").status_code == 403
        assert helper.post(verify(event)).status_code == 403

    def test_the_permission_is_not_enough_for_who_is_no_staff(self, api: Api, room: Room, staff: User) -> None:
        User.objects.filter(pk=staff.pk).update(is_staff=False)
        assert api(staff).get(ENTRIES).status_code == 403

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("fact=room.created", ["room.created"]),
            ("actor={bob}&fact=member.joined", ["member.joined"]),
            ("room={code}", ["member.joined", "room.created"]),
            ("room={room}&subject={bob}", ["member.joined"]),
            ("until=2020-01-01T00:00:00Z", []),
            ("room={code}&since=2020-01-01T00:00:00Z&shipped=true", ["member.joined", "room.created"]),
            ("room={code}&shipped=false", []),
        ],
    )
    def test_filters(self, api: Api, room: Room, staff: User, bob: User, query: str, found: list[str]) -> None:
        query = query.format(bob=bob.pk, room=room.pk, code=room.code)
        assert [entry["fact"] for entry in api(staff).get(f"{ENTRIES}?{query}").json()["results"]] == found

    @pytest.mark.parametrize("query", ["fact=x", "actor=x", "room=nowhere", "since=x", "until=1e999", "shipped=x"])
    def test_a_bad_filter_is_named(self, api: Api, staff: User, query: str) -> None:
        answer = api(staff).get(f"{ENTRIES}?{query}")
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"
        assert [error["field"] for error in answer.json()["errors"]] == [query.split("=")[0]]


class TestOne:
    def test_it_works(self, api: Api, room: Room, staff: User) -> None:
        event = OutboxEvent.objects.get(fact=Fact.MEMBER_JOINED)
        answer = api(staff).get(f"{ENTRIES}{event.event}/").json()
        assert answer["id"] == str(event.event)
        assert answer["proof"]["verified"]
        assert answer["proof"]["tx"] == answer["tx"] == 2
        assert api(staff).post(verify(event)).json() == answer["proof"]

    def test_the_proof_can_be_followed(self, api: Api, room: Room, staff: User) -> None:
        from audit.ledger.chain import link
        from audit.records import record_of

        event = OutboxEvent.objects.get(fact=Fact.MEMBER_JOINED)
        proof = api(staff).post(verify(event)).json()
        assert proof["hash"] == link(proof["tx"], proof["previous"], record_of(event).payload)
        assert proof["head"]["hash"] == proof["hash"]

    def test_what_waits_is_pending(self, api: Api, room: Room, alice: User, staff: User) -> None:
        services.change_room(by=alice, room=room, name="Saturday")
        event = OutboxEvent.objects.get(fact=Fact.ROOM_CHANGED)
        proof = api(staff).post(verify(event)).json()
        assert (proof["verified"], proof["state"], proof["tx"]) == (False, "pending", None)

    def test_what_was_edited_is_not_verified(self, api: Api, room: Room, staff: User, charlie: User) -> None:
        event = OutboxEvent.objects.get(fact=Fact.MEMBER_JOINED)
        OutboxEvent._base_manager.filter(pk=event.pk).update(actor=charlie.pk)
        proof = api(staff).post(verify(event)).json()
        assert (proof["verified"], proof["state"]) == (False, "tampered")
        assert proof["detail"]

    def test_one_that_is_not_there(self, api: Api, staff: User) -> None:
        assert api(staff).get(f"{ENTRIES}{uuid4()}/").status_code == 404
        assert api(staff).post(f"{ENTRIES}{uuid4()}/verify/").status_code == 404
        assert api(staff).get(f"{ENTRIES}rubbish/").status_code == 404

    def test_hosts_do_not_see_it(self, api: Api, room: Room, alice: User) -> None:
        event = OutboxEvent.objects.get(fact=Fact.MEMBER_JOINED)
        assert api(alice).get(f"{ENTRIES}{event.event}/").status_code == 403
        assert api(alice).post(verify(event)).status_code == 403

    @pytest.mark.parametrize("method", ["put", "patch", "delete", "post"])
    def test_nothing_can_be_changed(self, api: Api, room: Room, staff: User, method: str) -> None:
        event = OutboxEvent.objects.get(fact=Fact.MEMBER_JOINED)
        for address in (ENTRIES, f"{ENTRIES}{event.event}/"):
            assert getattr(api(staff), method)(address, {"fact": "room.closed"}).status_code == 405
