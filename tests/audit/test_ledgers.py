"""What both ledgers do alike: the embedded one, and ImmuDB by a real server."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from audit.ledger.immudb import ImmudbLedger
from audit.ledger.local import LocalLedger
from audit.ledger.port import Head, Ledger, Record

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["local", "immudb"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    if request.param == "local":
        yield LocalLedger()
        return
    made = ImmudbLedger(request.getfixturevalue("immudb_url"))
    yield made
    made.close()


def records(count: int) -> list[Record]:
    return [Record(uuid4(), f'{{"line":{number}}}'.encode()) for number in range(count)]


def test_it_works(ledger: Ledger) -> None:
    written = records(3)
    assert ledger.head() is None
    assert ledger.append(written) == {record.event: tx for tx, record in enumerate(written, start=1)}
    assert [(step.tx, step.record, step.problem) for step in ledger.walk()] == [
        (tx, record, "") for tx, record in enumerate(written, start=1)
    ]
    proof = ledger.prove(written[1])
    assert proof is not None
    assert proof.verified, proof.problem
    assert (proof.tx, proof.head_tx, proof.ledger) == (2, 3, ledger.name)
    assert ledger.head() == Head(3, proof.head_hash)
    assert proof.hash == ledger.hash_of(2)


def test_what_it_never_saw_has_no_place_and_no_proof(ledger: Ledger) -> None:
    [known, unknown] = records(2)
    assert ledger.prove(unknown) is None
    ledger.append([known])
    assert ledger.places([known.event, unknown.event]) == {known.event: 1}
    assert ledger.prove(unknown) is None


def test_batches_are_one_chain(ledger: Ledger) -> None:
    written = records(7)
    for start in (0, 3, 6):
        ledger.append(written[start : start + 3])
    assert [step.record for step in ledger.walk() if not step.problem] == written
    assert [step.record for step in ledger.walk(after=4) if not step.problem] == written[4:]
    assert ledger.hash_of(8) is None


def test_a_repeated_event_keeps_its_place(ledger: Ledger) -> None:
    first, second, third = records(3)
    ledger.append([first, second])
    assert ledger.append([first, second, third]) == {first.event: 1, second.event: 2, third.event: 3}
    assert ledger.append([second]) == {second.event: 2}
    assert [step.tx for step in ledger.walk()] == [1, 2, 3]


def test_a_repeated_event_with_other_content_changes_nothing_and_has_no_proof(ledger: Ledger) -> None:
    [original] = records(1)
    forged = Record(original.event, b"{}")
    ledger.append([original])
    ledger.append([forged])
    assert [step.record for step in ledger.walk()] == [original]
    proof = ledger.prove(forged)
    assert proof is not None
    assert proof.problem
