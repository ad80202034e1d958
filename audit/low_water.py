"""How far rows of the outbox may be gone: a mark for each ledger, signed. Below it none is missed.

Only `audit.retention` raises it. Who lowers or removes it gets alarms about rows that went rightly.
"""

from django.utils.translation import gettext as _

from audit.ledger.chain import sign, signature_is_ours
from audit.ledger.port import LedgerBroken
from audit.models import LowWater

_KIND = "low water"


def of(ledger: str) -> int:
    """The last entry of that ledger whose row may be gone, 0 for none. Raises LedgerBroken for a mark of another's."""
    mark = LowWater.objects.filter(ledger=ledger).first()
    if mark is None:
        return 0
    if not signature_is_ours(mark.signature, _KIND, ledger, mark.tx):
        raise LedgerBroken(_("The mark up to which rows of the outbox may be gone isn't signed by this server."))
    return mark.tx


def rise(ledger: str, tx: int) -> None:
    """Call it in the transaction that removes the rows."""
    signature = sign(_KIND, ledger, tx)
    LowWater.objects.update_or_create(ledger=ledger, defaults={"tx": tx, "signature": signature})
