"""What the worker looks at each minute, the alarms that it raises, and how long they stay."""

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import Settings

from audit import alarms, copies, tasks
from audit.facts import Fact
from audit.ledger.local import LocalLedger
from audit.ledger.port import LedgerBroken, LedgerUnavailable
from audit.models import Alarm, LedgerEntry, LedgerHead, OutboxEvent, ShipperState
from audit.services import record
from audit.shipping import ship
from audit.watch import watch
from tests.audit.rows import row

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _copy_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_COPY = str(tmp_path / "head.json")


def raised() -> list[str]:
    return list(alarms.unacknowledged().values_list("detail", flat=True))


def something_waits() -> OutboxEvent:
    return row(record(fact=Fact.ROOM_CREATED, by=uuid4(), data={"control": "host"}))


def test_nothing_is_raised_where_nothing_was_changed(five: list[OutboxEvent]) -> None:
    something_waits()
    assert watch().verified
    assert not raised()
    assert ShipperState.objects.get().verified_at


def edit_a_shipped_row(five: list[OutboxEvent]) -> None:
    OutboxEvent._base_manager.filter(pk=five[2].pk).update(actor=uuid4())


def delete_a_shipped_row(five: list[OutboxEvent]) -> None:
    OutboxEvent._base_manager.filter(pk=five[2].pk).delete()


def edit_a_waiting_row(five: list[OutboxEvent]) -> None:
    OutboxEvent._base_manager.filter(pk=something_waits().pk).update(data={"control": "everyone"})


def delete_a_waiting_row(five: list[OutboxEvent]) -> None:
    gone = something_waits()
    something_waits()
    OutboxEvent._base_manager.filter(pk=gone.pk).delete()


def number_a_waiting_row_anew(five: list[OutboxEvent]) -> None:
    OutboxEvent._base_manager.filter(pk=something_waits().pk).update(writer=uuid4(), position=1)


def invent_a_waiting_row(five: list[OutboxEvent]) -> None:
    OutboxEvent(fact=Fact.ROOM_CLOSED, actor=uuid4()).insert()


def edit_the_ledger(five: list[OutboxEvent]) -> None:
    LedgerEntry._base_manager.filter(tx=3).update(payload="{}")


def remove_the_trusted_state(five: list[OutboxEvent]) -> None:
    LedgerHead.objects.all().delete()


def put_all_back_to_an_earlier_day(five: list[OutboxEvent]) -> None:
    """Rows, ledger and signed head, as a restored backup would have them; only the copy knows better."""
    head = LedgerHead.objects.get()
    something_waits()
    ship()
    OutboxEvent._base_manager.filter(tx=6).delete()
    LedgerEntry._base_manager.filter(tx=6).delete()
    head.save()


def remove_the_copy(five: list[OutboxEvent]) -> None:
    copies._path().unlink()


def forge_the_copy(five: list[OutboxEvent]) -> None:
    said = json.loads(copies._path().read_text())
    copies._path().write_text(json.dumps(said | {"tx": 4}))


@pytest.mark.parametrize(
    "attack",
    [
        edit_a_shipped_row,
        delete_a_shipped_row,
        edit_a_waiting_row,
        delete_a_waiting_row,
        number_a_waiting_row_anew,
        invent_a_waiting_row,
        edit_the_ledger,
        remove_the_trusted_state,
        put_all_back_to_an_earlier_day,
        remove_the_copy,
        forge_the_copy,
    ],
)
def test_tampering_raises_one_alarm_that_stays(
    attack: Callable[[list[OutboxEvent]], None], five: list[OutboxEvent]
) -> None:
    watch()
    attack(five)
    watch()
    found = raised()
    assert found
    watch()
    assert raised() == found
    with pytest.raises(CommandError, match="Say who you are"):
        call_command("verify_audit", "--acknowledge")
    call_command("verify_audit", "--acknowledge", "--by", "Alice: she did it")
    assert set(Alarm.objects.values_list("reason", flat=True)) == {"Alice: she did it"}
    assert not raised()
    watch()
    assert raised() == found, "what is still wrong is told again"


def test_a_broken_end_hides_nothing_else(five: list[OutboxEvent]) -> None:
    """The copy can't be compared with it then; the walk is made all the same."""
    remove_the_trusted_state(five)
    edit_a_shipped_row(five)
    watch()
    assert any(str(five[2].event) in detail for detail in raised())
    assert any("head of the ledger is missing" in detail for detail in raised())


def test_no_more_alarms_than_anybody_reads(five: list[OutboxEvent]) -> None:
    alarms.raise_alarms(f"number {number}" for number in range(alarms.MOST_OPEN + 5))
    edit_a_shipped_row(five)
    watch()
    assert len(raised()) == alarms.MOST_OPEN


def test_an_edit_is_told_even_if_it_was_shipped_before_anybody_looked(five: list[OutboxEvent]) -> None:
    edit_a_waiting_row(five)
    ship()
    assert len(raised()) == 1


def test_a_row_that_was_removed_before_it_was_shipped_is_missed_by_its_job(five: list[OutboxEvent]) -> None:
    gone = something_waits()
    OutboxEvent._base_manager.filter(pk=gone.pk).delete()
    tasks.ship_soon.call_local(gone.writer, gone.position)
    assert len(raised()) == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_no_gap_and_what_was_committed_does() -> None:
    something_waits()
    with transaction.atomic():
        something_waits()
        transaction.set_rollback(True)
    last = something_waits()
    assert last.position == 2
    OutboxEvent._base_manager.filter(pk=last.pk).delete()
    assert something_waits().position == 3
    watch()
    assert len(raised()) == 1


def test_a_broken_ledger_raises_an_alarm_when_it_is_shipped_to(five: list[OutboxEvent]) -> None:
    remove_the_trusted_state(five)
    something_waits()
    with pytest.raises(LedgerBroken):
        ship()
    assert raised()
    assert OutboxEvent.objects.filter(tx=None).count() == 1


def test_a_check_that_takes_too_long_goes_on_where_it_ended(five: list[OutboxEvent]) -> None:
    for _event in range(1200):
        something_waits()
    ship()
    assert watch(seconds=0).entries == 1000
    assert watch(seconds=0).entries == 205
    assert watch(seconds=9).entries == 1205


def test_who_fails_waits_longer_each_time(five: list[OutboxEvent], monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*arguments: object) -> None:
        raise LedgerUnavailable("no answer")

    event = something_waits()
    with monkeypatch.context() as patched:
        patched.setattr(LocalLedger, "append", away)
        with pytest.raises(LedgerUnavailable):
            ship()
        assert ship() == 0, "nobody tries again at once"
    state = ShipperState.objects.get()
    assert (state.failures, state.error) == (1, "no answer")
    ShipperState.objects.update(not_before=None)
    assert ship() == 1
    event.refresh_from_db()
    assert event.tx == 6
    assert ShipperState.objects.get().failures == 0


def test_one_ships_at_a_time(five: list[OutboxEvent]) -> None:
    something_waits()
    ship_state = ShipperState.objects.get()
    ship_state.holder, ship_state.until = "another:1", ship_state.shipped_at.replace(year=2100)  # type: ignore[union-attr]
    ship_state.save()
    assert ship() == 0
    ShipperState.objects.update(until=five[0].at)
    assert ship() == 1
