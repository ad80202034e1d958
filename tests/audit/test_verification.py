"""What is shown against what the ledger holds, and the commands that operators run."""

import json
from collections.abc import Callable
from io import StringIO
from typing import NoReturn
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from audit.facts import Fact
from audit.ledger.port import LedgerBroken
from audit.models import LedgerEntry, LedgerHead, OutboxEvent
from audit.services import record
from audit.shipping import ship
from audit.verification import verify_everything, verify_one
from tests.audit.rows import row


def verify_audit(*args: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_audit", *args, stdout=out, stderr=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_it_works(five: list[OutboxEvent]) -> None:
    report = verify_everything()
    assert report.verified
    assert (report.entries, report.pending) == (5, 0)
    proof = verify_one(five[2])
    assert proof is not None
    assert proof.verified
    assert proof.tx == 3


def test_nothing_yet_is_fine(db: None) -> None:
    assert verify_audit() == (0, "0 entries checked: nothing was changed; 0 not shipped yet.\n")


def test_what_waits_is_pending_not_wrong(five: list[OutboxEvent]) -> None:
    event = row(record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4()))
    assert verify_one(event) is None
    report = verify_everything()
    assert report.verified
    assert report.pending == 1


def test_the_command_says_so(five: list[OutboxEvent]) -> None:
    code, said = verify_audit("--json")
    assert code == 0
    assert json.loads(said) == {"verified": True, "entries": 5, "pending": 0, "findings": [], "alarms": []}


def edit_a_row() -> None:
    OutboxEvent._base_manager.filter(tx=3).update(actor=uuid4())


def edit_its_data() -> None:
    OutboxEvent._base_manager.filter(tx=3).update(data={"role": "host"})


def delete_a_row() -> None:
    OutboxEvent._base_manager.filter(tx=3).delete()


def delete_the_last_row() -> None:
    OutboxEvent._base_manager.filter(tx=5).delete()


def invent_a_row() -> None:
    OutboxEvent(fact=Fact.ROOM_CLOSED, tx=6).insert()


def put_a_row_in_anothers_place() -> None:
    OutboxEvent._base_manager.filter(tx=3).delete()
    OutboxEvent(fact=Fact.ROOM_CLOSED, tx=3).insert()


def edit_the_ledger() -> None:
    LedgerEntry._base_manager.filter(tx=3).update(payload="{}")


def edit_both() -> None:
    edit_a_row()
    LedgerEntry._base_manager.filter(tx=3).update(payload="{}")


@pytest.mark.parametrize(
    "attack",
    [
        edit_a_row,
        edit_its_data,
        delete_a_row,
        delete_the_last_row,
        invent_a_row,
        put_a_row_in_anothers_place,
        edit_the_ledger,
        edit_both,
    ],
)
def test_tampering_fails_the_command(five: list[OutboxEvent], attack: Callable[[], None]) -> None:
    attack()
    code, said = verify_audit()
    assert code == 1
    assert "entry" in said
    code, said = verify_audit("--json")
    assert code == 1
    assert not json.loads(said)["verified"]


def test_the_finding_names_the_entry(five: list[OutboxEvent]) -> None:
    edit_a_row()
    assert [(finding.tx, finding.event) for finding in verify_everything().findings] == [(3, str(five[2].event))]


def test_rows_whose_place_cannot_be_read_are_findings(five: list[OutboxEvent], monkeypatch: pytest.MonkeyPatch) -> None:
    """As of an ImmuDB with an edited file, which proves by its answer that something was changed."""

    def corrupt(*rest: object) -> NoReturn:
        raise LedgerBroken("data is corrupted")

    OutboxEvent(fact=Fact.ROOM_CLOSED, tx=6, ledger="local").insert()
    monkeypatch.setattr("audit.ledger.local.LocalLedger.places", corrupt)
    assert [finding.problem for finding in verify_everything().findings] == ["data is corrupted"]


def test_an_edited_entry_has_no_proof(five: list[OutboxEvent]) -> None:
    edit_a_row()
    proof = verify_one(OutboxEvent.objects.get(tx=3))
    assert proof is not None
    assert not proof.verified


def test_an_invented_entry_has_no_proof(five: list[OutboxEvent]) -> None:
    invent_a_row()
    proof = verify_one(OutboxEvent.objects.get(tx=6))
    assert proof is not None
    assert not proof.verified


def test_a_shipper_killed_before_it_noted_the_place_is_no_tampering(five: list[OutboxEvent]) -> None:
    OutboxEvent._base_manager.filter(tx__gt=3).update(tx=None)
    assert verify_everything().verified
    assert ship() == 2
    assert verify_everything().verified
    assert LedgerEntry.objects.count() == 5
    assert list(OutboxEvent.objects.order_by("number").values_list("tx", flat=True)) == [1, 2, 3, 4, 5]


def test_nothing_is_shipped_into_a_broken_ledger(five: list[OutboxEvent]) -> None:
    LedgerHead.objects.update(signature="0" * 64)
    event = row(record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4()))
    with pytest.raises(CommandError, match="verify_audit"):
        call_command("ship_audit")
    event.refresh_from_db()
    assert event.tx is None


def test_ship_audit_ships_in_order(db: None) -> None:
    events = [record(fact=Fact.ROOM_CLOSED, by=None, room=uuid4()).event for _ in range(3)]
    out = StringIO()
    call_command("ship_audit", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"shipped": 3}
    assert list(LedgerEntry.objects.values_list("event", flat=True)) == events
