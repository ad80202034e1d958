"""Somebody tampers, beside a server at work with a real ImmuDB: the worker that runs raises the alarm by itself.

Each test puts back what it changed; the alarms are open still then, until an operator acknowledges them.
"""

import shutil
import time
from pathlib import Path
from uuid import UUID

import pytest

from audit.waiting import REMEMBERED_AFTER
from tests.audit.trail import Trail

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("faults of immudb"), pytest.mark.timeout(600)]

OUTBOX, EVENT = "audit_outboxevent", "event = ?"


def newest(trail: Trail, count: int) -> list[UUID]:
    rows = trail.ask("SELECT event FROM audit_outboxevent ORDER BY number DESC LIMIT ?", count)
    return [UUID(event) for (event,) in reversed(rows)]


def edit(trail: Trail, event: UUID) -> None:
    trail.ask("UPDATE audit_outboxevent SET subject = 'somebody else' WHERE event = ?", event.hex)


def remove(trail: Trail, event: UUID) -> None:
    trail.ask("DELETE FROM audit_outboxevent WHERE event = ?", event.hex)


def test_shipped_rows_are_edited_and_removed(trail: Trail) -> None:
    trail.rooms(2)
    trail.all_shipped()
    edited, removed = newest(trail, 2)
    with trail.row(OUTBOX, EVENT, edited.hex), trail.row(OUTBOX, EVENT, removed.hex):
        edit(trail, edited)
        remove(trail, removed)
        trail.told(f"{edited}: The entry that is shown differs", f"{removed}: The ledger holds it, but it was removed")
    trail.is_mended()


def test_waiting_rows_are_edited_and_the_last_one_is_removed(trail: Trail) -> None:
    """While ImmuDB is down. Nothing comes after the last one that would leave a gap."""
    trail.immudb.kill()
    trail.rooms(3)
    first, second, last = newest(trail, 3)
    with trail.row(OUTBOX, EVENT, first.hex), trail.row(OUTBOX, EVENT, second.hex), trail.row(OUTBOX, EVENT, last.hex):
        time.sleep(REMEMBERED_AFTER.total_seconds())
        # Told of two edits one after the other, the worker has seen between them what waited.
        for edited in (first, second):
            edit(trail, edited)
            trail.told(f"row of event {edited} was edited")
        remove(trail, last)
        trail.told(f"Event {last} was removed from the outbox before it was shipped")
    trail.immudb.start()
    trail.is_mended()


def test_the_trusted_state_is_removed(trail: Trail) -> None:
    trail.rooms(1)
    trail.all_shipped()
    with trail.row("audit_anchor", "last = (SELECT max(last) FROM audit_anchor)"):
        trail.ask("DELETE FROM audit_anchor WHERE last = (SELECT max(last) FROM audit_anchor)")
        trail.rooms(1)
        trail.told("The trusted state is older than its copy", "The trusted state of the ledger was removed")
        assert trail.waiting, "nothing is shipped on top of that"
    trail.is_mended()


def test_a_file_of_immudb_is_edited(trail: Trail) -> None:
    trail.rooms(1)
    trail.all_shipped()
    [event] = newest(trail, 1)
    trail.immudb.stop()
    before = shutil.copytree(trail.immudb.data, trail.immudb.data.with_name("before"))
    assert edit_files(trail.immudb.data, f'"event":"{event}"'.encode(), f'"evenT":"{event}"'.encode())
    trail.immudb.start()
    trail.told("data is corrupted")
    put_in_place(trail, before)
    trail.is_mended()


def test_its_data_is_put_back_to_an_earlier_day(trail: Trail) -> None:
    trail.immudb.stop()
    earlier = shutil.copytree(trail.immudb.data, trail.immudb.data.with_name("earlier"))
    trail.immudb.start()
    trail.rooms(1)
    trail.all_shipped()
    later = put_in_place(trail, earlier)
    trail.rooms(1)
    trail.told("tx not found")
    assert trail.waiting, "nothing is shipped into that"

    put_in_place(trail, later)
    trail.all_shipped()
    raised = trail.alarms
    trail.server.stop("worker")
    trail.start_worker()
    trail.found_true()
    assert set(raised) <= set(trail.alarms), "neither what is mended nor a restart closes an alarm"
    code, said = trail.verify()
    assert (code, said["verified"], set(said["alarms"])) == (1, True, set(trail.alarms))
    trail.server.manage("verify_audit", "--acknowledge", "--by", "Alice: it was a test")
    facts = [fact for (fact,) in trail.ask("SELECT fact FROM audit_outboxevent ORDER BY number DESC LIMIT 1")]
    assert facts == ["audit.acknowledged"]
    trail.the_ledger_has_the_same()


def put_in_place(trail: Trail, data: Path) -> Path:
    """As ImmuDB's data, while it is down; where the present data lies then."""
    trail.immudb.stop()
    aside = trail.immudb.data.with_name(f"not {data.name}")
    trail.immudb.data.rename(aside)
    data.rename(trail.immudb.data)
    trail.immudb.start()
    return aside


def edit_files(folder: Path, old: bytes, new: bytes) -> int:
    """How many files of it had these bytes, and have others of the same length now."""
    files = [path for path in folder.rglob("*") if path.is_file() and old in path.read_bytes()]
    for path in files:
        path.write_bytes(path.read_bytes().replace(old, new))
    return len(files)
