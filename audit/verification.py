"""Is what is shown what was written? The ledger is compared with itself, and the outbox with the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from audit import ledger
from audit.ledger.port import Proof, Record
from audit.models import OutboxEvent
from audit.records import record_of


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that isn't what was written. ``tx`` is 0 when no single entry of the ledger is meant."""

    tx: int
    event: str
    problem: str


@dataclass(slots=True)
class Report:
    """``entries`` were checked; ``pending`` wait to be shipped, and can't be proved yet."""

    entries: int = 0
    pending: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def verified(self) -> bool:
        return not self.findings


def verify_everything() -> Report:
    """Walk the whole ledger beside the outbox. Memory doesn't grow with them."""
    report = Report()
    shown = OutboxEvent.objects.filter(tx__isnull=False).order_by("tx").iterator(chunk_size=1000)
    row = next(shown, None)
    for step in ledger.current().walk():
        if step.record is None:
            report.findings.append(Finding(0, "", step.problem))
            continue
        report.entries += 1
        while row is not None and row.tx is not None and row.tx < step.tx:
            report.findings.append(_unfounded(row))
            row = next(shown, None)
        if row is not None and row.tx == step.tx:
            problem = step.problem or _difference(row, step.record)
            row = next(shown, None)
        else:
            problem = step.problem or _without_row(step.record)
        if problem:
            report.findings.append(Finding(step.tx, str(step.record.event), problem))
    report.findings.extend(_not_in_ledger(row, shown))
    report.pending = OutboxEvent.objects.filter(tx=None).count()
    return report


def verify_one(event: OutboxEvent) -> Proof | None:
    """The proof for one entry; None while it waits to be shipped."""
    current = ledger.current()
    proof = current.prove(record_of(event))
    if proof is not None or event.tx is None:
        return proof
    return Proof(
        ledger=current.name,
        tx=event.tx,
        hash="",
        previous="",
        head_tx=0,
        head_hash="",
        head_signature="",
        problem=_unfounded(event).problem,
    )


def _difference(row: OutboxEvent, record: Record) -> str:
    return "" if record_of(row) == record else _("The entry that is shown differs from what the ledger holds.")


def _without_row(record: Record) -> str:
    """No row claims this place in the ledger. The shipper notes it a moment after the append, so look by its id."""
    row = OutboxEvent.objects.filter(event=record.event).first()
    if row is None:
        return _("The ledger holds it, but it was removed from what is shown.")
    return _difference(row, record)


def _not_in_ledger(row: OutboxEvent | None, rest: Iterator[OutboxEvent]) -> Iterator[Finding]:
    """Rows beyond the last entry of the walk: shipped meanwhile, or never."""
    while row is not None:
        if not ledger.current().places([row.event]):
            yield _unfounded(row)
        row = next(rest, None)


def _unfounded(row: OutboxEvent) -> Finding:
    return Finding(row.tx or 0, str(row.event), _("It says that it was shipped, but the ledger doesn't hold it."))
