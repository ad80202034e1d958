"""Old rows of the outbox may go, and only those: what else is gone is missed as before."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from audit import alarms, ledger, low_water
from audit.facts import Fact
from audit.models import LowWater, OutboxEvent
from audit.retention import remove_old
from audit.services import record
from audit.shipping import ship
from audit.verification import verify_everything
from audit.watch import watch

pytestmark = pytest.mark.django_db
DAYS = 30


@pytest.fixture(autouse=True)
def _copy_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_COPY = str(tmp_path / "head.json")


@pytest.fixture
def later(five: list[OutboxEvent], settings: Settings) -> Iterator[None]:
    """The five entries are old enough to go."""
    settings.RETENTION_AUDIT_DAYS = DAYS
    with time_machine.travel(timezone.now() + timedelta(days=DAYS, hours=1)):
        yield


def raised() -> list[str]:
    return list(alarms.unacknowledged().values_list("detail", flat=True))


def something_happens(days_ago: int = 0) -> None:
    record(fact=Fact.ROOM_CLOSED, by=uuid4(), room=uuid4(), at=timezone.now() - timedelta(days=days_ago))
    ship()


def shown() -> list[int | None]:
    return list(OutboxEvent.objects.filter(tx__gt=0).order_by("tx").values_list("tx", flat=True))


def test_everything_is_kept_unless_it_is_asked_for(later: None, settings: Settings) -> None:
    settings.RETENTION_AUDIT_DAYS = 0
    assert remove_old(timezone.now()) == 0
    assert shown() == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("later")
def test_old_rows_go_and_are_not_missed() -> None:
    something_happens()
    assert remove_old(timezone.now()) == 5
    ship()
    assert shown() == [6, 7]
    told = OutboxEvent.objects.get(tx=7)
    assert (told.fact, told.data) == ("audit.trimmed", {"ledger": "local", "entry": 5, "rows": 5})
    assert watch().verified
    report = verify_everything()
    assert report.verified
    assert report.entries == 7, "the ledger has all of them"
    assert raised() == []
    assert remove_old(timezone.now()) == 0


def test_nor_in_immudb(settings: Settings, immudb_url: str) -> None:
    settings.IMMUDB_URL = immudb_url
    settings.RETENTION_AUDIT_DAYS = DAYS
    for days_ago in (40, 40, 0):
        something_happens(days_ago)
    assert remove_old(timezone.now()) == 2
    ship()
    assert watch().verified
    assert [step.tx for step in ledger.current().walk()] == [1, 2, 3, 4]
    assert raised() == []


@pytest.mark.usefixtures("later")
def test_a_younger_entry_keeps_what_comes_after_it() -> None:
    something_happens()
    something_happens(days_ago=DAYS + 1)
    assert remove_old(timezone.now()) == 5
    assert shown() == [6, 7]


@pytest.mark.django_db(transaction=True)
def test_whoever_goes_on_writing_leaves_no_gap(settings: Settings) -> None:
    """A row's predecessor, of the same thread, has gone; that it is missing is no alarm."""
    settings.RETENTION_AUDIT_DAYS = DAYS
    something_happens()
    something_happens()
    with time_machine.travel(timezone.now() + timedelta(days=DAYS, hours=1)):
        assert remove_old(timezone.now()) == 2
        record(fact=Fact.ROOM_CLOSED, by=uuid4(), room=uuid4())
        watch()
        assert raised() == []


@pytest.mark.usefixtures("later")
def test_nothing_goes_while_something_waits_for_long() -> None:
    record(fact=Fact.ROOM_CLOSED, by=uuid4(), room=uuid4(), at=timezone.now() - timedelta(days=DAYS - 1, hours=1))
    assert remove_old(timezone.now()) == 0
    ship()
    assert remove_old(timezone.now()) == 5


@pytest.mark.usefixtures("later")
def test_younger_rows_are_missed_as_before() -> None:
    something_happens()
    something_happens()
    remove_old(timezone.now())
    OutboxEvent._base_manager.filter(tx=6).delete()
    watch()
    [told] = raised()
    assert "removed from what is shown" in told


@pytest.mark.usefixtures("later")
def test_a_stretch_that_was_tampered_with_stays(five: list[OutboxEvent]) -> None:
    OutboxEvent._base_manager.filter(tx=2).update(subject="somebody else")
    OutboxEvent._base_manager.filter(tx=3).delete()
    assert remove_old(timezone.now()) == 0
    assert shown() == [1, 2, 4, 5]
    assert len(raised()) == 2


@pytest.mark.usefixtures("later")
def test_a_mark_that_somebody_else_made_counts_for_nothing() -> None:
    something_happens()
    remove_old(timezone.now())
    LowWater.objects.update(tx=6)
    OutboxEvent._base_manager.filter(tx=6).delete()
    watch()
    assert any("isn't signed" in detail for detail in raised())
    assert any("removed from what is shown" in detail for detail in raised())
    assert remove_old(timezone.now()) == 0


@pytest.mark.usefixtures("later")
def test_a_mark_that_is_gone_is_told() -> None:
    remove_old(timezone.now())
    LowWater.objects.all().delete()
    watch()
    assert len(raised()) == 5
    assert low_water.of("local") == 0
