"""Keeping a fact: with the change or not at all, and only what the fact may hold."""

import re
import time
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.facts import FIELDS, Fact
from audit.models import LedgerEntry, OutboxEvent
from audit.records import record_of
from audit.services import record


@pytest.mark.django_db
def test_it_works() -> None:
    actor, room, bob = uuid4(), uuid4(), uuid4()
    event = record(fact=Fact.MEMBER_JOINED, by=actor, room=room, subject=bob, data={"role": "member"})
    kept = OutboxEvent.objects.get()
    assert (kept.fact, kept.actor, kept.room, kept.subject) == ("member.joined", actor, room, str(bob))
    assert kept.data == {"role": "member"}
    assert kept.tx is None
    assert record_of(kept) == record_of(event)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_no_row() -> None:
    with transaction.atomic():
        record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4())
        transaction.set_rollback(True)
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data",
    [
        {"name": "Alice"},
        {"role": 1.5},
        {"role": {"nested": "x"}},
        {"role": ["x", 1]},
        {"role": "x" * 201},
    ],
)
def test_what_the_fact_has_no_field_for_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"member\.joined"):
        record(fact=Fact.MEMBER_JOINED, by=None, data=data)  # type: ignore[arg-type]
    assert not OutboxEvent.objects.exists()


def test_every_fact_says_which_fields_it_has() -> None:
    assert set(FIELDS) == set(Fact)


@pytest.mark.parametrize("fact", Fact)
def test_facts_are_a_thing_and_what_happened_to_it(fact: Fact) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z]+(_[a-z]+)*", fact.value)


@pytest.mark.parametrize("fact", Fact)
def test_no_fact_has_a_field_for_what_is_personal(fact: Fact) -> None:
    assert not FIELDS[fact] & {"name", "email", "username", "display_name", "ip", "text", "title", "user_agent"}


@pytest.mark.django_db(transaction=True)
def test_shipping_is_asked_for_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("audit.tasks.ship_soon.schedule", lambda args, delay: asked.append(delay))
    for _ in range(3):
        record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4())
    assert asked == [1]
    cache.clear()
    record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4())
    assert asked == [1], "its own job is still to come"
    monkeypatch.setattr("audit.services.monotonic", lambda: time.monotonic() + 1)
    record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4())
    assert asked == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_what_another_process_asked_for_is_not_relied_on_longer_than_it_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When its job begins isn't known here, so each fact asks."""
    asked: list[int] = []
    monkeypatch.setattr("audit.tasks.ship_soon.schedule", lambda args, delay: asked.append(delay))
    cache.add("audit.ship_soon", 1, timeout=60)
    record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4())
    assert asked == []
    cache.clear()
    record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4())
    assert asked == [1]


@pytest.mark.django_db(transaction=True)
def test_a_change_with_one_fact_makes_one_statement() -> None:
    """It is what auditing costs those who wait; its number needs no look-up where the last one was committed."""
    record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4())
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4())
    assert [query["sql"].split()[0] for query in asked if "audit_" in query["sql"]] == ["INSERT"]
    assert list(OutboxEvent.objects.order_by("number").values_list("position", flat=True)) == [1, 2]


@pytest.mark.django_db
def test_the_jobs_ship() -> None:
    from audit import tasks

    record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4())
    tasks.ship_soon.call_local()
    record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4())
    tasks.ship_what_waits.call_local()
    assert LedgerEntry.objects.count() == 2
