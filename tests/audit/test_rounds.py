"""What the running worker notices by itself, and when."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from huey.contrib.djhuey import HUEY
from pytest_django import Settings

from audit import alarms
from audit.checks import the_trail_is_looked_at
from audit.facts import Fact
from audit.ledger.local import LocalLedger
from audit.ledger.port import LedgerUnavailable
from audit.models import OutboxEvent, ShipperState
from audit.rounds import Rounds
from audit.services import record
from audit.shipping import ship
from audit.waiting import REMEMBERED_AFTER, Waiting
from tests.audit.rows import row

pytestmark = pytest.mark.django_db


def waits() -> OutboxEvent:
    """For long, and nothing of the same writer comes after it."""
    return row(record(fact=Fact.ROOM_CLOSED, by=uuid4(), room=uuid4(), at=timezone.now() - timedelta(minutes=1)))


def remove(event: OutboxEvent) -> None:
    OutboxEvent._base_manager.filter(pk=event.pk).delete()


def raised() -> list[str]:
    return list(alarms.unacknowledged().values_list("detail", flat=True))


def looked_at() -> object:
    return ShipperState.objects.get().verified_at


def test_the_worker_makes_them() -> None:
    assert "audit" in HUEY._startup


def test_a_look_comes_with_the_first_step_and_then_at_its_time(five: list[OutboxEvent], settings: Settings) -> None:
    settings.AUDIT_WATCH_SECONDS = 30
    rounds = Rounds()
    rounds.step(1000.0)
    first = looked_at()
    assert first
    rounds.step(1029.9)
    assert looked_at() == first
    OutboxEvent._base_manager.filter(pk=five[1].pk).update(subject="somebody else")
    rounds.step(1030.0)
    assert len(raised()) == 1


def test_a_last_row_that_goes_while_it_waits_is_missed(five: list[OutboxEvent]) -> None:
    gone = waits()
    rounds = Rounds()
    rounds.step(0.0)
    remove(gone)
    rounds.step(1.0)
    [told] = raised()
    assert str(gone.event) in told
    rounds.step(2.0)
    assert raised() == [told]


def test_another_row_in_its_place_does_not_hide_that(five: list[OutboxEvent]) -> None:
    gone = waits()
    waiting = Waiting()
    waiting.missed(timezone.now())
    OutboxEvent._base_manager.filter(pk=gone.pk).update(event=uuid4())
    [told] = waiting.missed(timezone.now())
    assert str(gone.event) in told


def test_what_was_shipped_is_not_missed(five: list[OutboxEvent]) -> None:
    waits()
    waiting = Waiting()
    waiting.missed(timezone.now())
    ship()
    assert waiting.missed(timezone.now()) == []


def test_what_is_shipped_as_usual_is_not_remembered(five: list[OutboxEvent]) -> None:
    waiting = Waiting()
    new = row(record(fact=Fact.ROOM_CLOSED, by=uuid4(), room=uuid4()))
    waiting.missed(new.at + REMEMBERED_AFTER - timedelta(seconds=1))
    remove(new)
    assert waiting.missed(new.at + REMEMBERED_AFTER) == []


def test_what_waits_is_looked_at_while_the_ledger_is_away(
    five: list[OutboxEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*rest: object) -> None:
        raise LedgerUnavailable("no answer")

    edited = waits()
    OutboxEvent._base_manager.filter(pk=edited.pk).update(subject="somebody else")
    monkeypatch.setattr(LocalLedger, "walk", away)
    Rounds().step(0.0)
    [told] = raised()
    assert str(edited.event) in told


@pytest.mark.parametrize(("seconds", "is_fine"), [(1, True), (45, True), (0, False), (-1, False), (60, False)])
def test_the_interval_lets_an_alarm_come_within_a_minute(seconds: float, is_fine: bool, settings: Settings) -> None:
    settings.AUDIT_WATCH_SECONDS = seconds
    assert [problem.id for problem in the_trail_is_looked_at(None)] == ([] if is_fine else ["audit.E003"])
