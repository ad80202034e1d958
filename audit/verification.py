"""Is what is shown what was written? The ledger is compared with itself, and the outbox with the ledger."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from audit import ledger, low_water, seals
from audit.ledger.port import Ledger, LedgerBroken, Proof, Record, Step
from audit.models import OutboxEvent
from audit.records import record_of

MOST = 1000
"""Findings, after which a check of a ledger ends: whoever rewrote everything need not fill the memory too."""


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


def verify_everything(progress: Callable[[int], None] = lambda entries: None) -> Report:
    """Walk every ledger that was written to beside the outbox. Memory doesn't grow with them.

    Raises LedgerUnavailable.
    """
    report = Report()
    known = ledger.every()
    for one in known:
        verify(one, report, progress=progress)
    for row in OutboxEvent.objects.filter(tx__isnull=False).exclude(ledger__in=[one.name for one in known])[:MOST]:
        report.findings.append(_unfounded(row))
    for row in OutboxEvent.objects.filter(tx=None).order_by("number").iterator(chunk_size=1000):
        report.pending += 1
        if not seals.is_whole(row):
            report.findings.append(Finding(0, str(row.event), _("It was edited before it was shipped.")))
    return report


def verify(
    one: Ledger,
    report: Report,
    *,
    after: int = 0,
    is_enough: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda entries: None,
) -> int:
    """Walk one ledger beyond entry ``after`` beside the outbox; where it ended, 0 at the ledger's own end.

    ``is_enough`` is asked now and then whether to stop before that; ``progress`` is told how many were checked.
    """
    low = _low_water(one, report)
    rows = OutboxEvent.objects.filter(ledger=one.name, tx__gt=after).order_by("tx")
    shown = rows.iterator(chunk_size=1000)
    row = next(shown, None)
    for step in one.walk(after):
        if len(report.findings) >= MOST:
            return step.tx
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
            problem = step.problem or _without_row(step, step.record, low)
        if problem:
            report.findings.append(Finding(step.tx, str(step.record.event), problem))
        if report.entries % 1000 == 0:
            progress(report.entries)
            if is_enough():
                return step.tx
    report.findings.extend(_not_in_ledger(one, row, shown))
    return 0


def verify_one(event: OutboxEvent) -> Proof | None:
    """The proof for one entry; None while it waits to be shipped. Raises LedgerUnavailable."""
    try:
        proof = holder(event).prove(record_of(event))
    except KeyError:
        proof = None
    except LedgerBroken as broken:
        return _without_proof(event, str(broken))
    if proof is not None or event.tx is None:
        return proof
    return _without_proof(event, _unfounded(event).problem)


def holder(event: OutboxEvent) -> Ledger:
    """The ledger that it stands in, or will. Raises KeyError for one that this server has no address of."""
    return ledger.named(event.ledger) if event.ledger else ledger.current()


def _without_proof(event: OutboxEvent, problem: str) -> Proof:
    return Proof(
        ledger=event.ledger,
        tx=event.tx or 0,
        hash="",
        previous="",
        head_tx=0,
        head_hash="",
        head_signature="",
        problem=problem,
    )


def _difference(row: OutboxEvent, record: Record) -> str:
    return "" if record_of(row) == record else _("The entry that is shown differs from what the ledger holds.")


def _low_water(one: Ledger, report: Report) -> int:
    try:
        return low_water.of(one.name)
    except LedgerBroken as broken:
        report.findings.append(Finding(0, "", str(broken)))
        return 0


def _without_row(step: Step, record: Record, low: int) -> str:
    """No row claims this place in the ledger. The shipper notes it a moment after the append, so look by its id."""
    if step.tx <= low:
        return ""
    row = OutboxEvent.objects.filter(event=record.event).first()
    if row is None:
        return _("The ledger holds it, but it was removed from what is shown.")
    return _difference(row, record)


def _not_in_ledger(one: Ledger, row: OutboxEvent | None, rest: Iterator[OutboxEvent]) -> Iterator[Finding]:
    """Rows beyond the last entry of the walk: shipped meanwhile, or never."""
    while row is not None:
        try:
            held = one.places([row.event])
        except LedgerBroken as broken:
            yield Finding(row.tx or 0, str(row.event), str(broken))
        else:
            if not held:
                yield _unfounded(row)
        row = next(rest, None)


def _unfounded(row: OutboxEvent) -> Finding:
    return Finding(row.tx or 0, str(row.event), _("It says that it was shipped, but the ledger doesn't hold it."))
