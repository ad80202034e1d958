"""What ImmuDB, who runs it, or who has our tables might do to us; and what immudb-py would let pass."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from immudb.grpc import schema_pb2 as messages
from pytest_django import Settings

from audit.checks import immudb_address_is_readable
from audit.ledger.address import Address
from audit.ledger.immudb import ImmudbLedger
from audit.ledger.immudb.batches import anchor_key
from audit.ledger.immudb.connection import Link, Refused
from audit.ledger.port import LedgerBroken, LedgerUnavailable, Record
from audit.models import Anchor
from scripts.native import Immudb
from tests.waiting import held_within

pytestmark = pytest.mark.django_db


@pytest.fixture
def ledger(immudb_url: str) -> Iterator[ImmudbLedger]:
    made = ImmudbLedger(immudb_url)
    yield made
    made.close()


@pytest.fixture
def direct(immudb_url: str) -> Iterator[Link]:
    """The same database, for somebody else who has its password."""
    link = Link(Address.of(immudb_url))
    yield link
    link.close()


def records(count: int) -> list[Record]:
    return [Record(uuid4(), f'{{"line":{number}}}'.encode()) for number in range(count)]


def problems(ledger: ImmudbLedger) -> list[str]:
    return [step.problem for step in ledger.walk() if step.problem]


def put(link: Link, *pairs: tuple[bytes, bytes]) -> None:
    link.call("Set", messages.SetRequest(KVs=[messages.KeyValue(key=key, value=value) for key, value in pairs]))


def test_a_batch_is_one_transaction_with_an_anchor(ledger: ImmudbLedger) -> None:
    ledger.append(records(1000))
    ledger.append(records(2))
    newest, first = Anchor.objects.order_by("-last")
    assert (first.first, first.last, newest.first, newest.last) == (1, 1000, 1001, 1002)
    assert newest.transaction == first.transaction + 1


def test_what_came_in_without_an_answer_is_taken_over_once(ledger: ImmudbLedger) -> None:
    """Killed, or timed out, between the write and the new trusted state."""
    written = records(5)
    ledger.append(written[:2])
    ledger.append(written[2:4])
    Anchor.objects.filter(first=3).delete()
    assert ledger.append(written[2:]) == {record.event: tx for tx, record in enumerate(written[2:], start=3)}
    assert [step.record for step in ledger.walk()] == written
    assert not problems(ledger)


def test_a_batch_that_comes_in_late_is_refused(ledger: ImmudbLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, Any]] = []
    send = ledger._link.begin

    def listen(name: str, request: Any) -> Any:
        sent.append((name, request))
        return send(name, request)

    monkeypatch.setattr(ledger._link, "begin", listen)
    ledger.append(records(2))
    [repeat] = [request for name, request in sent if name == "Set"]
    with pytest.raises(Exception, match="KeyMustNotExist"):
        send("Set", repeat)()


def test_a_planted_batch_is_not_taken_for_ours(ledger: ImmudbLedger, direct: Link) -> None:
    ledger.append(records(2))
    put(direct, (anchor_key(3), b"3\n" + b"0" * 64), (uuid4().bytes, b"3\n" + b"0" * 64 + b"\n{}"))
    with pytest.raises(LedgerBroken, match="isn't ours"):
        ledger.append(records(1))


def test_an_entry_that_is_written_again_changes_nothing(ledger: ImmudbLedger, direct: Link) -> None:
    [record] = records(1)
    ledger.append([record])
    end = Anchor.objects.get().hash
    put(direct, (record.event.bytes, b"1\n" + end.encode() + b"\n{}"))
    proof = ledger.prove(record)
    assert proof is not None
    assert proof.verified
    assert not problems(ledger)


@pytest.mark.parametrize("change", [{"hash": "0" * 64}, {"alh": "0" * 64}, {"transaction": 1}, {"last": 9}])
def test_a_forged_anchor_is_seen(ledger: ImmudbLedger, change: dict[str, Any]) -> None:
    ledger.append(records(2))
    ledger.append(records(2))
    Anchor.objects.filter(first=3).update(**change)
    assert problems(ledger)
    with pytest.raises(LedgerBroken):
        ledger.append(records(1))


def test_a_missing_anchor_is_seen(ledger: ImmudbLedger) -> None:
    for _batch in range(3):
        ledger.append(records(2))
    Anchor.objects.filter(first=3).delete()
    assert problems(ledger)


def test_another_server_is_not_trusted_anew(ledger: ImmudbLedger, immudb_url: str) -> None:
    ledger.append(records(1))
    other = ImmudbLedger(f"{immudb_url}x")
    with pytest.raises(LedgerBroken):
        other.append(records(1))
    other.close()


def test_the_password_may_not_be_guessed(immudb_url: str) -> None:
    guess = ImmudbLedger(immudb_url.replace("-Aa1@", "-Aa2@"))
    with pytest.raises(LedgerUnavailable, match="user name or password"):
        guess.append(records(1))
    guess.close()


@pytest.mark.parametrize("url", ["immudb://host", "http://host/db", "immudb:///db", "immudb://host:x/db"])
def test_an_address_must_name_host_and_database(url: str, settings: Settings) -> None:
    with pytest.raises(ValueError, match=r"expected immudb://|Port"):
        Address.of(url)
    settings.IMMUDB_URL = url
    assert [problem.id for problem in immudb_address_is_readable(None)] == ["audit.E001"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("tx not found", LedgerBroken),
        ("data is corrupted", LedgerBroken),
        ("insufficient permission", LedgerUnavailable),
        ("no space left on device", LedgerUnavailable),
        ("max connections exceeded", LedgerUnavailable),
    ],
)
def test_only_what_proves_it_is_called_tampering(
    said: str, expected: type[Exception], ledger: ImmudbLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str, request: Any) -> None:
        raise Refused(grpc.StatusCode.UNKNOWN, said)

    ledger.append(records(1))
    monkeypatch.setattr(ledger._link, "call", refuse)
    with pytest.raises(expected):
        ledger.append(records(1))


def test_restarted_stopped_edited_and_put_back_to_an_earlier_day(new_immudb: Callable[[], Immudb]) -> None:
    server = new_immudb()
    ledger = ImmudbLedger(server.settings()["IMMUDB_URL"], seconds=1)
    written = records(6)
    ledger.append(written[:2])
    server.stop()
    with pytest.raises(LedgerUnavailable):
        ledger.append(written[2:3])
    earlier = server.data.with_name("earlier")
    shutil.copytree(server.data, earlier)

    # Started anew it knows nobody: who was signed in has to do so again.
    server.start()
    _until_it_is_back(ledger, written[2:3])

    server.pause()
    with pytest.raises(LedgerUnavailable):
        ledger.append(written[3:5])
    server.resume()
    _until_it_is_back(ledger, written[3:])
    assert [step.record for step in ledger.walk()] == written

    # The payload of entry 4, where the server keeps it.
    server.stop()
    assert _edited(server.data, b'{"line":3}', b'{"line":7}')
    server.start()
    _until_it_is_back(ledger, [])
    assert problems(ledger)
    with pytest.raises(LedgerBroken, match="corrupted"):
        ledger.prove(written[3])

    server.stop()
    shutil.rmtree(server.data)
    earlier.rename(server.data)
    server.start()
    with pytest.raises(LedgerBroken):
        _until_it_is_back(ledger, records(1))
    assert problems(ledger)
    assert Anchor.objects.order_by("last").last().last == 6  # type: ignore[union-attr]
    ledger.close()


def _until_it_is_back(ledger: ImmudbLedger, offered: list[Record]) -> None:
    def taken() -> bool:
        try:
            ledger.append(offered)
        except LedgerUnavailable:
            return False
        return True

    assert held_within(15, taken), "ImmuDB was not found again."


def _edited(folder: Path, old: bytes, new: bytes) -> int:
    """How many files of it had these bytes, and have others now."""
    files = [path for path in folder.rglob("*") if path.is_file() and old in path.read_bytes()]
    for path in files:
        path.write_bytes(path.read_bytes().replace(old, new))
    return len(files)
