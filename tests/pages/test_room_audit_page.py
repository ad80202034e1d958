"""What happened in a room, for who moderates it."""

import re

import pytest
from django.db.models import JSONField, Value

from accounts import services as people
from accounts.models import User
from audit.facts import Fact
from audit.ledger.local import LocalLedger
from audit.ledger.port import LedgerUnavailable, Record
from audit.models import OutboxEvent
from audit.services import record
from audit.shipping import ship
from rooms import services
from rooms.models import Membership, Room
from tests.pages.conftest import Browser


def at(room: Room, query: str = "") -> str:
    return f"/rooms/{room.code}/settings/audit/{query}"


def listed(text: str) -> list[str]:
    return re.findall(r"<strong>([^<]+)</strong>", text)


def test_it_works(browser: Browser, alice: User, bob_in: User, room: Room):
    services.kick(by=alice, room=room, user=bob_in)
    text = browser(alice).get(at(room)).content.decode()
    assert listed(text) == ["Kicked", "Joined", "Room created"]
    assert "Kicked</strong>: Bob" in text
    assert "control: everyone" in text
    assert at(room) in browser(alice).get(f"/rooms/{room.code}/settings/").content.decode()


def test_an_entry_is_verified_where_it_stands(browser: Browser, alice: User, room: Room):
    client = browser(alice)
    event = OutboxEvent.objects.get(fact=Fact.ROOM_CREATED)
    link = re.search(rf'href="(\?[^"]*verify={event.event})#e-{event.event}"', client.get(at(room)).content.decode())
    assert link
    assert "Not in the ledger yet" in client.get(at(room, link[1])).content.decode()
    ship()
    event = OutboxEvent.objects.get(pk=event.pk)
    text = client.get(at(room, link[1])).content.decode()
    assert ">Verified<" in text
    assert f"{event.tx} of the ledger local" in text
    assert len(re.findall(r">[0-9a-f]{64}<", text)) == 2
    OutboxEvent._base_manager.filter(pk=event.pk).update(subject="")
    assert ">Tampered with<" in client.get(at(room, link[1])).content.decode()


@pytest.mark.parametrize("data", ["text", 7, None, ["list"], {"control": [1, {}]}])
def test_a_row_that_was_edited_into_nonsense_is_shown_as_tampered_with(
    browser: Browser, alice: User, room: Room, data: object
):
    ship()
    event = OutboxEvent.objects.get(fact=Fact.ROOM_CREATED)
    OutboxEvent._base_manager.filter(pk=event.pk).update(data=Value(data, JSONField()))
    assert ">Tampered with<" in browser(alice).get(at(room, f"?verify={event.event}")).content.decode()


def test_a_ledger_that_does_not_answer_is_no_tampering(
    browser: Browser, alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
):
    def away(ledger: LocalLedger, record: Record) -> None:
        raise LedgerUnavailable("It is away.")

    monkeypatch.setattr(LocalLedger, "prove", away)
    event = OutboxEvent.objects.get(fact=Fact.ROOM_CREATED)
    text = browser(alice).get(at(room, f"?verify={event.event}")).content.decode()
    assert "The ledger doesn't answer just now" in text
    assert "It is away." in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?fact=member.joined", ["Joined"]),
        ("?actor={bob}", ["Joined"]),
        ("?actor={bob}&fact=room.created", []),
        ("?since=2020-01-01", ["Joined", "Room created"]),
        ("?until=2020-01-01", []),
        ("?until=9999-12-31", ["Joined", "Room created"]),
        ("?page=99", ["Joined", "Room created"]),
        ("?verify=rubbish", ["Joined", "Room created"]),
    ],
)
def test_filters(browser: Browser, alice: User, bob_in: User, room: Room, query: str, found: list[str]):
    answer = browser(alice).get(at(room, query.format(bob=bob_in.pk)))
    assert answer.status_code == 200
    assert listed(answer.content.decode()) == found


@pytest.mark.parametrize("field", ["fact", "actor", "since", "until"])
def test_a_bad_filter_is_told_at_its_field(browser: Browser, alice: User, room: Room, field: str):
    answer = browser(alice).get(at(room, f"?{field}=rubbish"))
    assert answer.status_code == 422
    assert f'id="id_{field}_error"'.encode() in answer.content


def test_older_ones_are_a_page_further(browser: Browser, alice: User, room: Room):
    for _ in range(30):
        record(
            fact=Fact.ROOM_CHANGED, by=alice.pk, room=room.pk, subject=room.pk, data={"changed": ["name", "control"]}
        )
    client = browser(alice)
    text = client.get(at(room, "?fact=")).content.decode()
    assert listed(text) == ["Room settings changed"] * 30
    assert "changed: name, control" in text
    older = re.search(r'rel="next" href="([^"]+)"', text)
    assert older
    assert listed(client.get(at(room, older[1].replace("&amp;", "&"))).content.decode()) == ["Room created"]


def test_who_is_gone_has_no_name(browser: Browser, alice: User, bob_in: User, room: Room):
    people.erase(by=bob_in, user=bob_in)
    text = browser(alice).get(at(room)).content.decode()
    assert "Bob" not in text
    assert "Deleted account" in text


def test_it_is_for_moderators_and_never_shows_another_room(
    browser: Browser, alice: User, bob_in: User, charlie: User, room: Room, private: Room
):
    assert browser(bob_in).get(at(room)).status_code == 403
    assert browser(charlie).get(at(room)).status_code == 403
    assert browser(charlie).get(at(private)).status_code == 404
    assert browser().get(at(room)).status_code == 302
    services.change_role(by=alice, room=room, user=bob_in, role=Membership.Role.MODERATOR)
    other = OutboxEvent.objects.get(room=private.pk)
    text = browser(bob_in).get(at(room, f"?verify={other.event}")).content.decode()
    assert listed(text) == ["Role changed", "Joined", "Room created"]
    assert 'class="proof"' not in text
