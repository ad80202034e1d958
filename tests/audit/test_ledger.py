"""The hash chain: what it holds, and that nothing in it can be changed unseen."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.utils.crypto import salted_hmac
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from audit.ledger.chain import GENESIS, link, sign
from audit.ledger.local import LocalLedger
from audit.ledger.port import LedgerBroken, Record
from audit.models import LedgerEntry, LedgerHead

pytestmark = pytest.mark.django_db


def records(count: int) -> list[Record]:
    return [Record(uuid4(), f'{{"line":{number}}}'.encode()) for number in range(count)]


def problems() -> list[tuple[int, str]]:
    return [(step.tx, step.problem) for step in LocalLedger().walk() if step.problem]


def test_a_seal_is_as_django_salts_an_hmac() -> None:
    """So those from before its key was kept derived are ours still."""
    expected = salted_hmac("audit.ledger.head", "1:abc", algorithm="sha256").hexdigest()
    assert sign(1, "abc") == expected


def test_it_works() -> None:
    ledger, written = LocalLedger(), records(3)
    placed = ledger.append(written)
    assert [placed[record.event] for record in written] == [1, 2, 3]
    assert [(step.tx, step.record) for step in ledger.walk()] == list(enumerate(written, start=1))
    proof = ledger.prove(written[1])
    assert proof is not None
    assert proof.verified
    assert (proof.tx, proof.head_tx) == (2, 3)
    assert not problems()


def test_an_empty_ledger_is_whole() -> None:
    assert not problems()
    assert LocalLedger().prove(records(1)[0]) is None


def test_batches_are_one_chain() -> None:
    for _batch in range(3):
        LocalLedger().append(records(4))
    assert not problems()
    assert LedgerHead.objects.get().tx == 12


def test_a_repeated_event_keeps_its_place() -> None:
    first, second = records(2)
    LocalLedger().append([first])
    assert LocalLedger().append([first, second]) == {first.event: 1, second.event: 2}
    assert LedgerEntry.objects.count() == 2


def test_a_repeated_event_with_other_content_changes_nothing_and_has_no_proof() -> None:
    original = records(1)[0]
    forged = Record(original.event, b"{}")
    LocalLedger().append([original])
    LocalLedger().append([forged])
    proof, real = LocalLedger().prove(forged), LocalLedger().prove(original)
    assert proof is not None
    assert not proof.verified
    assert real is not None
    assert real.verified


def _rewrite_from(start: int) -> None:
    """What somebody with the database, but without SECRET_KEY, would do: count the chain anew."""
    previous = GENESIS
    for entry in LedgerEntry.objects.order_by("tx"):
        if entry.tx >= start:
            entry.previous, entry.hash = previous, link(entry.tx, previous, entry.payload.encode())
            entry.save_base(force_update=True)
        previous = entry.hash


def change_payload() -> None:
    LedgerEntry._base_manager.filter(tx=3).update(payload='{"line":99}')


def change_payload_and_hash() -> None:
    LedgerEntry._base_manager.filter(tx=3).update(payload="x", hash=link(3, LedgerEntry.objects.get(tx=2).hash, b"x"))


def change_payload_and_all_hashes() -> None:
    LedgerEntry._base_manager.filter(tx=3).update(payload="x")
    _rewrite_from(3)


def change_all_and_the_unsigned_head() -> None:
    change_payload_and_all_hashes()
    LedgerHead.objects.update(hash=LedgerEntry.objects.get(tx=5).hash)


def change_all_and_sign_with_another_key() -> None:
    from django.conf import settings

    change_payload_and_all_hashes()
    end = LedgerEntry.objects.get(tx=5).hash
    ours, settings.SECRET_KEY = settings.SECRET_KEY, "a guess"
    signature = sign(5, end)
    settings.SECRET_KEY = ours
    LedgerHead.objects.update(hash=end, signature=signature)


def remove_from_the_middle() -> None:
    LedgerEntry._base_manager.filter(tx=3).delete()


def cut_the_end() -> None:
    LedgerEntry._base_manager.filter(tx=5).delete()


def cut_the_end_and_say_so() -> None:
    cut_the_end()
    LedgerHead.objects.update(tx=4, hash=LedgerEntry.objects.get(tx=4).hash)


def remove_everything_but_the_head() -> None:
    LedgerEntry._base_manager.all().delete()


def remove_the_head() -> None:
    LedgerHead.objects.all().delete()


def swap_two() -> None:
    second, third = LedgerEntry.objects.get(tx=2), LedgerEntry.objects.get(tx=3)
    LedgerEntry._base_manager.filter(tx=2).update(payload=third.payload)
    LedgerEntry._base_manager.filter(tx=3).update(payload=second.payload)


def append_unsigned() -> None:
    last = LedgerEntry.objects.get(tx=5)
    LedgerEntry(tx=6, event=uuid4(), payload="{}", previous=last.hash, hash=link(6, last.hash, b"{}")).insert()


def put_before_the_first() -> None:
    LedgerEntry(tx=0, event=uuid4(), payload="{}", previous=GENESIS, hash=link(0, GENESIS, b"{}")).insert()


@pytest.mark.parametrize(
    "attack",
    [
        change_payload,
        change_payload_and_hash,
        change_payload_and_all_hashes,
        change_all_and_the_unsigned_head,
        change_all_and_sign_with_another_key,
        remove_from_the_middle,
        cut_the_end,
        cut_the_end_and_say_so,
        remove_everything_but_the_head,
        remove_the_head,
        swap_two,
        append_unsigned,
        put_before_the_first,
    ],
)
def test_tampering_is_seen(attack: Callable[[], None]) -> None:
    LocalLedger().append(records(5))
    attack()
    assert problems()


def test_a_removed_head_is_not_made_anew() -> None:
    LocalLedger().append(records(2))
    remove_the_head()
    with pytest.raises(LedgerBroken):
        LocalLedger().append(records(1))


def test_a_forged_head_is_not_sealed_by_the_next_entry() -> None:
    LocalLedger().append(records(5))
    change_all_and_the_unsigned_head()
    with pytest.raises(LedgerBroken):
        LocalLedger().append(records(1))
    assert problems()


def test_tampering_after_an_entry_spoils_its_proof_too() -> None:
    written = records(5)
    LocalLedger().append(written)
    LedgerEntry._base_manager.filter(tx=4).update(payload="x")
    proof = LocalLedger().prove(written[1])
    assert proof is not None
    assert not proof.verified


def test_a_changed_secret_key_still_knows_the_old_one(settings: Settings) -> None:
    LocalLedger().append(records(2))
    old, settings.SECRET_KEY = settings.SECRET_KEY, "the new one " * 5
    assert problems()
    settings.SECRET_KEY_FALLBACKS = [old]
    assert not problems()


digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
links = st.tuples(st.integers(1, 2**40), digests, st.binary(max_size=40))


@given(links, links)
def test_no_two_entries_share_a_hash(one: tuple[int, str, bytes], other: tuple[int, str, bytes]) -> None:
    assert (link(*one) == link(*other)) == (one == other)
