"""The embedded ledger: a hash chain in the project's own database, its head signed.

Each entry's hash covers its number, the hash before it and the payload, so a changed, removed, inserted or moved entry
breaks every later link. Cutting the end off, or counting the whole chain anew, needs another head; and the head is
signed with a key that comes from SECRET_KEY, which isn't in the database. What this can't show is a whole database
put back to an earlier day, head included: for that a copy of the head must lie elsewhere.
"""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.ledger.chain import GENESIS, link, sign, signature_is_ours
from audit.ledger.port import Head, LedgerBroken, Proof, Record, Step
from audit.models import LedgerEntry, LedgerHead
from audit.rows import Link, insert_links


class LocalLedger:
    name = "local"

    def append(self, records: Sequence[Record]) -> dict[UUID, int]:
        with transaction.atomic():
            self._begin()
            # The lock on the head: two shippers write one after the other.
            head = LedgerHead.objects.select_for_update().first()
            if head is None or not _is_ours(head):
                raise LedgerBroken(_("The head of the ledger is missing, or not signed by this server."))
            placed = self.places([record.event for record in records])
            tx, previous = head.tx, head.hash
            links: list[Link] = []
            for record in records:
                if record.event in placed:
                    continue
                tx, before = tx + 1, previous
                previous = link(tx, before, record.payload)
                placed[record.event] = tx
                links.append((tx, record.event, record.payload.decode(), before, previous))
            if links:
                insert_links(links)
                head.tx, head.hash, head.signature, head.signed_at = tx, previous, sign(tx, previous), timezone.now()
                head.save()
        return placed

    def _begin(self) -> None:
        # Only where nothing was ever written: a head that somebody removed must not be made anew.
        if not LedgerHead.objects.exists() and not LedgerEntry.objects.exists():
            LedgerHead.objects.get_or_create(id=1, defaults={"tx": 0, "hash": GENESIS, "signature": sign(0, GENESIS)})

    def head(self) -> Head | None:
        head = LedgerHead.objects.first()
        if head is None:
            if LedgerEntry.objects.exists():
                raise LedgerBroken(_("The signed head of the ledger is missing."))
            return None
        if not _is_ours(head):
            raise LedgerBroken(_("The head of the ledger isn't signed by this server."))
        return Head(head.tx, head.hash)

    def hash_of(self, tx: int) -> str | None:
        return LedgerEntry.objects.filter(tx=tx).values_list("hash", flat=True).first()

    def places(self, events: Collection[UUID]) -> dict[UUID, int]:
        return dict(LedgerEntry.objects.filter(event__in=events).values_list("event", "tx"))

    def prove(self, record: Record) -> Proof | None:
        """Costs a walk from the entry to the head: about a second for 100,000 entries."""
        entry = LedgerEntry.objects.filter(event=record.event).first()
        if entry is None:
            return None
        head = LedgerHead.objects.first()
        problem = _("It differs from what the ledger holds.") if entry.payload.encode() != record.payload else ""
        for step in _walk(entry.tx, entry.previous, head):
            problem = problem or step.problem
        return Proof(
            ledger=self.name,
            tx=entry.tx,
            hash=entry.hash,
            previous=entry.previous,
            head_tx=head.tx if head else 0,
            head_hash=head.hash if head else "",
            head_signature=head.signature if head else "",
            problem=problem,
        )

    def walk(self, after: int = 0) -> Iterator[Step]:
        head = LedgerHead.objects.first()
        return _walk(after + 1, self.hash_of(after) or "", head) if after else _walk(0, GENESIS, head)


def _is_ours(head: LedgerHead) -> bool:
    return signature_is_ours(head.signature, head.tx, head.hash)


def _walk(start: int, previous: str, head: LedgerHead | None) -> Iterator[Step]:
    """From entry ``start`` to the head. No lock: what is appended meanwhile lies beyond ``head``, unread."""
    entries = LedgerEntry.objects.filter(tx__gte=start).order_by("tx")
    if head is not None:
        entries = entries.filter(tx__lte=head.tx)
    expected = max(start, 1)
    for entry in entries.iterator(chunk_size=1000):
        payload = entry.payload.encode()
        problem = ""
        if entry.tx != expected:
            problem = _("Entries are missing before it: expected %d.") % expected
        elif entry.previous != previous:
            problem = _("It doesn't follow the entry before it.")
        elif link(entry.tx, entry.previous, payload) != entry.hash:
            problem = _("Its content isn't what was written.")
        yield Step(entry.tx, Record(entry.event, payload), problem)
        expected, previous = entry.tx + 1, entry.hash
    if problem := _end(expected - 1, previous, head):
        yield Step(0, None, problem)


def _end(tx: int, hash: str, head: LedgerHead | None) -> str:
    """What is wrong with the end of the chain, which was found at this entry."""
    if head is None:
        return _("The signed head of the ledger is missing.") if tx else ""
    if not _is_ours(head):
        return _("The head of the ledger isn't signed by this server.")
    if (head.tx, head.hash) != (tx, hash):
        return _("The ledger doesn't end where its signed head says: at entry %d.") % head.tx
    # In one statement, as an append may come at any time.
    present = LedgerHead.objects.values("tx")[:1]
    if LedgerEntry.objects.filter(tx__gt=Subquery(present)).exists():
        return _("There are entries after the signed head.")
    return ""
