"""A stretch of the ledger to hand to a stranger, who checks it by `scripts/check_audit_bundle.py` and this server's
word for nothing but one root: the number and hash of an entry, which they may have had long before.

A bundle is text, a JSON object a line: what it is and where it begins, the entries, and the root where it ends.
"""

import json
from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.facts import Fact
from audit.ledger.chain import GENESIS, link
from audit.ledger.port import LedgerBroken
from audit.services import record

FORMAT = "watchparty-audit-1"
MOST = 10_000
"""Entries of one bundle: about 5 MB. The next begins after its last."""


def export(*, by: UUID | None, after: int = 0, most: int = MOST) -> str:
    """The present ledger's entries beyond number ``after``. That somebody took them is a fact as well.

    Raises LedgerBroken where they don't hold together: what isn't true isn't handed out. Raises LedgerUnavailable.
    """
    lines = list(_lines(after, most))
    with transaction.atomic():
        record(fact=Fact.AUDIT_EXPORTED, by=by, data={"entries": len(lines) - 2})
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n"


def _lines(after: int, most: int) -> Iterator[dict[str, object]]:
    one = ledger.current()
    hash = (one.hash_of(after) or "") if after else GENESIS
    yield {"format": FORMAT, "ledger": one.name, "after": after, "previous": hash}
    tx = after
    for step in islice(one.walk(after), most):
        if step.record is None or step.problem:
            raise LedgerBroken(step.problem)
        tx, payload = step.tx, step.record.payload
        hash = link(tx, hash, payload)
        yield {"tx": tx, "event": str(step.record.event), "payload": payload.decode(), "hash": hash}
    yield {"root": {"tx": tx, "hash": hash}}
