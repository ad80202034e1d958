"""Is a transaction what we wrote, and does what ImmuDB has now contain all that we trusted before?

The hashing is immudb-py's; what is asked of it is stricter than what its client asks: the values are hashed here, every
transaction must be linked to the one before at once (so there is no stretch for which only a linear proof speaks, which
immudb-py 1.5 doesn't check), and a header of another form is refused.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _
from immudb import schema
from immudb.constants import PLAIN_VALUE_PREFIX, SET_KEY_PREFIX
from immudb.embedded import store
from immudb.embedded.htree import HTree

from audit.ledger.port import LedgerBroken

HEADER_VERSION = 1

Pair = tuple[bytes, bytes]


def root_of(pairs: Sequence[Pair]) -> bytes:
    """The root of the hash tree over a transaction's keys and values."""
    tree = HTree(len(pairs))
    tree.BuildWith([_digest(key, value) for key, value in pairs])
    root: bytes = tree.root
    return root


def _digest(key: bytes, value: bytes) -> bytes:
    key = SET_KEY_PREFIX + key
    # No metadata, the key's length, the key, the value's hash.
    return sha256(b"\0\0" + len(key).to_bytes(2, "big") + key + sha256(PLAIN_VALUE_PREFIX + value).digest()).digest()


def alh_of(header: Any, transaction: int, entries: int, root: bytes) -> bytes:
    """The accumulated hash of a transaction with exactly so many entries under that root. Raises LedgerBroken."""
    if header.id != transaction or header.blTxId != transaction - 1 or header.version != HEADER_VERSION:
        raise LedgerBroken(_("ImmuDB answers for transaction %d with a header of another.") % transaction)
    if header.nentries != entries or header.eH != root:
        raise LedgerBroken(_("Transaction %d of ImmuDB doesn't hold what was written.") % transaction)
    alh: bytes = schema.TxHeaderFromProto(header).Alh()
    return alh


def must_be(header: Any, transaction: int, alh: str) -> None:
    """That the header is the one that was trusted, by its accumulated hash. Raises LedgerBroken."""
    fits = header.id == transaction and header.version == HEADER_VERSION
    if not fits or schema.TxHeaderFromProto(header).Alh().hex() != alh:
        raise LedgerBroken(_("Transaction %d of ImmuDB isn't the one that was trusted.") % transaction)


def must_follow(proof: Any, old: tuple[int, bytes], new: tuple[int, bytes]) -> None:
    """That what was ``old`` (transaction, accumulated hash) is contained in ``new``. Raises LedgerBroken."""
    if proof.targetTxHeader.version != HEADER_VERSION or proof.sourceTxHeader.version != HEADER_VERSION:
        raise LedgerBroken(_("ImmuDB's proof has headers of a form that isn't known."))
    try:
        holds = store.VerifyDualProof(schema.DualProofFromProto(proof), old[0], new[0], old[1], new[1])
    except (IndexError, ValueError, OverflowError):
        holds = False
    if not holds:
        raise LedgerBroken(_("ImmuDB can't prove that transaction %d contains what was trusted before.") % new[0])
