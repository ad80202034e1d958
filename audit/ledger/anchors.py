"""The trusted state of a ledger that lies elsewhere: rows of ours, one a batch, each signed."""

from django.utils.translation import gettext as _

from audit.ledger.chain import GENESIS, sign, signature_is_ours
from audit.ledger.port import LedgerBroken
from audit.models import Anchor


def newest(ledger: str) -> Anchor | None:
    """What is trusted of the ledger now. Raises LedgerBroken for a row that isn't ours."""
    return checked(Anchor.objects.filter(ledger=ledger).order_by("-last").first())


def around(ledger: str, tx: int) -> Anchor | None:
    """The anchor of the batch with that entry. Raises LedgerBroken."""
    return checked(Anchor.objects.filter(ledger=ledger, first__lte=tx, last__gte=tx).first())


def before(anchor: Anchor) -> str:
    """The hash of the last entry before that batch. Raises LedgerBroken."""
    if anchor.first == 1:
        return GENESIS
    previous = checked(Anchor.objects.filter(ledger=anchor.ledger, last=anchor.first - 1).first())
    if previous is None:
        raise LedgerBroken(_("An anchor is missing before entry %d.") % anchor.first)
    return previous.hash


def checked(anchor: Anchor | None) -> Anchor | None:
    if anchor is not None and not signature_is_ours(anchor.signature, *_said(anchor)):
        raise LedgerBroken(_("The anchor at entry %d isn't signed by this server.") % anchor.last)
    return anchor


def signed(anchor: Anchor) -> Anchor:
    anchor.signature = sign(*_said(anchor))
    return anchor


def _said(anchor: Anchor) -> tuple[int | str, ...]:
    return (anchor.ledger, anchor.first, anchor.last, anchor.hash, anchor.transaction, anchor.alh)
