"""The ledger in ImmuDB, which is trusted with nothing but keeping it.

A batch is one transaction: its events under their ids, and before them an anchor under the number of its first entry.
An event's value is the preimage of its link in our own chain, so each says its number and the hash before it. The
anchor may not exist yet when it is written, and that is the whole of idempotence: a batch that timed out and came in
late, and the same one offered again, begin at the same number, so only one of them is taken.

After each batch ImmuDB has to prove that it holds exactly this, and all that was trusted before; then, and only then,
the new state is ours (`audit.ledger.anchors`).
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

import grpc
from django.utils.translation import gettext as _
from immudb.grpc import schema_pb2 as messages

from audit.ledger import anchors
from audit.ledger.address import Address
from audit.ledger.chain import GENESIS, link, opened
from audit.ledger.immudb.batches import Batch, anchor_key, chained, checked, pairs_of
from audit.ledger.immudb.connection import Link, Refused
from audit.ledger.immudb.proofs import Pair, alh_of, must_be, must_follow, root_of
from audit.ledger.port import Head, LedgerBroken, LedgerUnavailable, Proof, Record, Step
from audit.models import Anchor, OutboxEvent

# 1,024 are a transaction's most, the anchor being one of them.
LARGEST_BATCH = 1000
ATTEMPTS = 3
# Of the values as they were written; without references or sorted sets, which nobody of us writes.
VALUES = messages.EntriesSpec(kvEntriesSpec=messages.EntryTypeSpec(action=messages.RAW_VALUE))
_NONE = messages.EntryTypeSpec(action=messages.EXCLUDE)
NOTHING = messages.EntriesSpec(kvEntriesSpec=_NONE, zEntriesSpec=_NONE, sqlEntriesSpec=_NONE)


class ImmudbLedger:
    name = "immudb"

    def __init__(self, url: str, seconds: float = 10) -> None:
        self._link = Link(Address.of(url), seconds)

    def close(self) -> None:
        self._link.close()

    def append(self, records: Sequence[Record]) -> dict[UUID, int]:
        for _attempt in range(ATTEMPTS):
            trusted = self._confirmed()
            placed = self._placed([record.event for record in records], trusted)
            fresh = [record for record in records if record.event not in placed][:LARGEST_BATCH]
            if not fresh:
                return placed
            first, previous = (trusted.last + 1, trusted.hash) if trusted else (1, GENESIS)
            batch = chained(fresh, first, previous)
            transaction = self._set(batch)
            if transaction is None:
                # It came in earlier, when nobody could wait for the answer any more.
                self._adopt(trusted)
                continue
            self._trust(trusted, transaction, batch)
            return placed | {record.event: first + index for index, record in enumerate(fresh)}
        raise LedgerUnavailable(_("Others append to the ledger at the same time."))

    def head(self) -> Head | None:
        trusted = anchors.newest(self.name)
        return Head(trusted.last, trusted.hash) if trusted else None

    def hash_of(self, tx: int) -> str | None:
        anchor = anchors.around(self.name, tx)
        if anchor is None:
            return None
        return link(*opened(self._batch(anchor)[tx - anchor.first + 1][1]))

    def places(self, events: Collection[UUID]) -> dict[UUID, int]:
        return self._placed(events, anchors.newest(self.name))

    def prove(self, record: Record) -> Proof | None:
        tx = self.places([record.event]).get(record.event)
        if tx is None:
            return None
        head = anchors.newest(self.name)
        anchor = anchors.around(self.name, tx)
        assert head is not None
        entry: tuple[int, str, bytes] = (tx, "", b"")
        problem = ""
        try:
            if anchor is None:
                raise LedgerBroken(_("The anchor of entry %d is missing.") % tx)
            key, value = self._batch(anchor)[tx - anchor.first + 1]
            entry = opened(value)
            if (key, entry[2]) != (record.event.bytes, record.payload):
                problem = _("It differs from what the ledger holds.")
        except LedgerBroken as broken:
            problem = str(broken)
        return Proof(
            ledger=self.name,
            tx=tx,
            hash=link(*entry),
            previous=entry[1],
            head_tx=head.last,
            head_hash=head.hash,
            head_signature=head.signature,
            problem=problem,
            transaction=anchor.transaction if anchor else None,
        )

    def walk(self, after: int = 0) -> Iterator[Step]:
        expected, previous = after + 1, None if after else GENESIS
        rows = Anchor.objects.filter(ledger=self.name, last__gt=after).order_by("last")
        for anchor in rows.iterator(chunk_size=500):
            try:
                anchors.checked(anchor)
                if anchor.first > expected:
                    yield Step(0, None, _("Anchors are missing before entry %d.") % anchor.first)
                if previous is None or anchor.first > expected:
                    previous = anchors.before(anchor)
                entries = self._batch(anchor)[1:]
            except LedgerBroken as broken:
                yield Step(0, None, str(broken))
                entries = []
            for key, value in entries:
                step, previous = checked(key, value, previous or "")
                if step.tx > after:
                    yield step
            if entries and previous != anchor.hash:
                yield Step(0, None, _("The batch up to entry %d doesn't end as its anchor says.") % anchor.last)
            expected, previous = anchor.last + 1, anchor.hash

    def _call(self, name: str, request: Any) -> Any:
        """Of what must be there. Raises LedgerBroken where the answer proves that it isn't, LedgerUnavailable."""
        try:
            return self._link.call(name, request)
        except Refused as refusal:
            if refusal.proves_tampering:
                raise LedgerBroken(_("ImmuDB answers: %s") % refusal.text) from refusal
            raise LedgerUnavailable(f"ImmuDB: {refusal.text}") from refusal

    def _confirmed(self) -> Anchor | None:
        """The trusted state, after ImmuDB has shown that it still has it. Raises LedgerBroken.

        Before anything is written: a write to an older copy of the data would be taken, and only its proof fail.
        """
        trusted = anchors.newest(self.name)
        if OutboxEvent.objects.filter(ledger=self.name, tx__gt=trusted.last if trusted else 0).exists():
            raise LedgerBroken(_("The trusted state of the ledger was removed, or an older one put in its place."))
        if trusted is not None:
            request = messages.TxRequest(tx=trusted.transaction, entriesSpec=NOTHING)
            must_be(self._call("TxById", request).header, trusted.transaction, trusted.alh)
        return trusted

    def _placed(self, events: Collection[UUID], trusted: Anchor | None) -> dict[UUID, int]:
        """Those of the events that are in. What came in beyond the trusted state counts when it has been proved."""
        if trusted is None or not events:
            return {}
        keys = messages.KeyListRequest(keys=[event.bytes for event in events], sinceTx=trusted.transaction)
        found = {}
        for entry in self._call("GetAll", keys).entries:
            number = opened(entry.value)[0]
            if number <= trusted.last:
                found[UUID(bytes=entry.key)] = number
        return found

    def _set(self, batch: Batch) -> int | None:
        """The transaction; None when this number has been written before."""
        missing = messages.Precondition.KeyMustNotExistPrecondition(key=anchor_key(batch.first))
        request = messages.SetRequest(
            KVs=[messages.KeyValue(key=key, value=value) for key, value in batch.pairs],
            preconditions=[messages.Precondition(keyMustNotExist=missing)],
        )
        try:
            under_way = self._link.begin("Set", request)
            # While ImmuDB writes.
            batch.prepare()
            return int(under_way().id)
        except Refused as refusal:
            if refusal.code == grpc.StatusCode.FAILED_PRECONDITION:
                return None
            # A full disk, for one. Nothing says that it wasn't taken; the next attempt finds out.
            raise LedgerUnavailable(f"ImmuDB: {refusal.text}") from refusal

    def _trust(self, trusted: Anchor | None, transaction: int, batch: Batch) -> None:
        since = trusted.transaction if trusted else transaction
        request = messages.VerifiableTxRequest(tx=transaction, proveSinceTx=since, entriesSpec=NOTHING)
        found = self._call("VerifiableTxById", request)
        alh = alh_of(found.tx.header, transaction, len(batch.pairs), batch.root)
        if trusted is not None:
            must_follow(found.dualProof, (since, bytes.fromhex(trusted.alh)), (transaction, alh))
        anchor = Anchor(
            ledger=self.name,
            first=batch.first,
            last=batch.last,
            hash=batch.hash,
            transaction=transaction,
            alh=alh.hex(),
        )
        anchors.signed(anchor).save(force_insert=True)

    def _adopt(self, trusted: Anchor | None) -> None:
        """Prove and trust the batch after the trusted state, which ImmuDB holds already. Raises LedgerBroken."""
        first, previous = (trusted.last + 1, trusted.hash) if trusted else (1, GENESIS)
        transaction = int(self._call("Get", messages.KeyRequest(key=anchor_key(first))).tx)
        request = messages.TxRequest(tx=transaction, entriesSpec=VALUES)
        pairs = pairs_of(self._call("TxById", request).entries)
        for number, (key, value) in enumerate(pairs[1:], start=first):
            step, previous = checked(key, value, previous)
            if step.problem or step.tx != number:
                raise LedgerBroken(_("ImmuDB holds a batch at entry %d that isn't ours.") % first)
        self._trust(trusted, transaction, Batch(first, first + len(pairs) - 2, previous, pairs))

    def _batch(self, anchor: Anchor) -> list[Pair]:
        """The entries of a batch, the anchor's own first, as they were when they were trusted. Raises LedgerBroken."""
        found = self._call("TxById", messages.TxRequest(tx=anchor.transaction, entriesSpec=VALUES))
        pairs = pairs_of(found.entries)
        if alh_of(found.header, anchor.transaction, len(pairs), root_of(pairs)).hex() != anchor.alh:
            raise LedgerBroken(_("Transaction %d of ImmuDB isn't the one that was trusted.") % anchor.transaction)
        return pairs
