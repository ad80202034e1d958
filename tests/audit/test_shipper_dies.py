"""The shipper ends at each of its steps, as by kill -9: nothing is tidied up, and another worker goes on."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from audit import lease, ledger
from audit.facts import Fact
from audit.ledger.immudb import ImmudbLedger
from audit.ledger.immudb.batches import Batch
from audit.ledger.local import LocalLedger
from audit.ledger.port import LedgerUnavailable
from audit.models import Anchor, OutboxEvent, ShipperState
from audit.rows import runs
from audit.services import record
from audit.shipping import ship
from audit.verification import verify_everything
from scripts.native import Immudb

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Nobody catches it."""


def killed(*rest: Any, **options: Any) -> NoReturn:
    raise Killed


def killed_after(step: Callable[..., Any]) -> Callable[..., NoReturn]:
    def ended(*rest: Any, **options: Any) -> NoReturn:
        step(*rest, **options)
        raise Killed

    return ended


STEPS: dict[str, tuple[str, Any]] = {
    "with the lease": ("audit.ledger.current", killed),
    "with a batch": ("audit.seals.problems", killed),
    "after the ledger's append": ("audit.ledger.local.LocalLedger.append", killed_after(LocalLedger.append)),
    "before the note is committed": ("audit.lease.renew", killed_after(lease.renew)),
    "before the copy": ("audit.copies.write", killed),
    "after the copy": ("audit.shipping._copy", killed),
}
IN_IMMUDB: dict[str, tuple[str, Any]] = {
    "before ImmuDB has it": ("audit.ledger.immudb.ImmudbLedger._set", killed),
    "while ImmuDB writes it": ("audit.ledger.immudb.batches.Batch.prepare", killed),
    "after ImmuDB has it": ("audit.ledger.immudb.ImmudbLedger._set", killed_after(ImmudbLedger._set)),
    "after it is trusted": ("audit.ledger.immudb.ImmudbLedger._trust", killed_after(ImmudbLedger._trust)),
}


@pytest.fixture(autouse=True)
def _copy_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_COPY = str(tmp_path / "head.json")


def happens(times: int) -> None:
    for _time in range(times):
        record(fact=Fact.ROOM_CLOSED, by=uuid4(), room=uuid4())


def is_killed_at(place: str, end: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(place, end)
        patched.setattr("audit.lease.holder", lambda: "another:1")
        # Who is killed gives nothing back.
        patched.setattr("audit.lease.release", lambda: None)
        with pytest.raises(Killed):
            ship()


def another_worker_goes_on() -> None:
    assert ship() == 0, "the dead one's lease lasts for a while"
    ShipperState.objects.update(until=timezone.now() - timedelta(seconds=1))
    ship()


def everything_is_in_once_and_in_order(times: int) -> None:
    rows = OutboxEvent.objects.order_by("number")
    assert [row.tx for row in rows] == list(range(1, times + 1))
    present = ledger.current()
    assert [step.record.event for step in present.walk() if step.record] == [row.event for row in rows]
    report = verify_everything()
    assert report.verified
    assert report.entries == times


@pytest.mark.parametrize(("place", "end"), STEPS.values(), ids=STEPS)
def test_nothing_is_lost_or_doubled(place: str, end: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    happens(2)
    ship()
    happens(3)
    is_killed_at(place, end, monkeypatch)
    happens(1)
    another_worker_goes_on()
    everything_is_in_once_and_in_order(6)


@pytest.mark.parametrize(("place", "end"), IN_IMMUDB.values(), ids=IN_IMMUDB)
def test_nor_in_immudb(
    place: str, end: Any, monkeypatch: pytest.MonkeyPatch, settings: Settings, immudb_url: str
) -> None:
    settings.IMMUDB_URL = immudb_url
    test_nothing_is_lost_or_doubled(place, end, monkeypatch)


@pytest.mark.django_db(transaction=True)
def test_the_next_batch_is_read_while_one_is_written(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, immudb_url: str
) -> None:
    settings.IMMUDB_URL = immudb_url
    monkeypatch.setattr("audit.shipping.BATCH", 2)
    happens(5)
    assert ship() == 5
    everything_is_in_once_and_in_order(5)
    assert list(Anchor.objects.order_by("last").values_list("last", flat=True)) == [2, 4, 5]


def test_what_happens_while_a_batch_is_written_comes_after_it(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, immudb_url: str
) -> None:
    settings.IMMUDB_URL = immudb_url
    happens(2)
    prepare = Batch.prepare

    def happens_meanwhile(batch: Batch) -> None:
        prepare(batch)
        if OutboxEvent.objects.count() < 4:
            happens(1)

    monkeypatch.setattr(Batch, "prepare", happens_meanwhile)
    assert ship() == 4
    everything_is_in_once_and_in_order(4)


def test_only_rows_of_the_batch_are_noted() -> None:
    # 4 is committed later, or never.
    assert list(runs([(2, 11), (3, 12), (5, 13), (6, 14), (7, 8)])) == [(9, 2, 3), (8, 5, 6), (1, 7, 7)]


def test_what_waited_while_immudb_was_down_comes_once_and_in_order(
    settings: Settings, new_immudb: Callable[[], Immudb]
) -> None:
    server = new_immudb()
    settings.IMMUDB_URL = server.settings()["IMMUDB_URL"]
    happens(2)
    ship()
    server.kill()
    for failures in (1, 2, 3):
        happens(2)
        with pytest.raises(LedgerUnavailable):
            ship()
        state = ShipperState.objects.get()
        assert state.failures == failures
        assert ship() == 0, "it waits before it tries again"
        ShipperState.objects.update(not_before=None)
    server.start()
    deadline = time.monotonic() + 15
    while OutboxEvent.objects.filter(tx=None).exists():
        assert time.monotonic() < deadline, "ImmuDB was not found again."
        ShipperState.objects.update(not_before=None)
        try:
            ship()
        except LedgerUnavailable:
            time.sleep(0.1)
    everything_is_in_once_and_in_order(8)


@pytest.mark.django_db(transaction=True)
def test_two_threads_of_a_worker_do_not_ship_at_once() -> None:
    assert lease.take(timezone.now())
    with ThreadPoolExecutor(1) as other:
        assert not other.submit(in_a_thread, lease.take).result()
        lease.release()
        assert other.submit(in_a_thread, lease.take).result()


def in_a_thread(take: Callable[[datetime], bool]) -> bool:
    try:
        return take(timezone.now())
    finally:
        connection.close()
