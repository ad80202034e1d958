"""What any ledger offers. Records are opaque bytes under an event's id."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from watchparty.errors import Unavailable


class LedgerBroken(Exception):
    """The ledger isn't as it was left, so nothing is added: that would put our own seal on what somebody else did."""


class LedgerUnavailable(Unavailable):
    """The ledger doesn't answer, or not in time. What was being written may stand in it or not; offer it again."""


@dataclass(frozen=True, slots=True)
class Record:
    event: UUID
    payload: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a record stands in the ledger as it was written, or why it does not.

    ``problem`` is empty when it does. Hashes are hexadecimal SHA-256; ``head_signature`` covers the head's ``tx``
    and hash. ``transaction`` is ImmuDB's own number for the batch that it came with.
    """

    ledger: str
    tx: int
    hash: str
    previous: str
    head_tx: int
    head_hash: str
    head_signature: str
    problem: str = ""
    transaction: int | None = None

    @property
    def verified(self) -> bool:
        return not self.problem


@dataclass(frozen=True, slots=True)
class Step:
    """One entry on a walk through the ledger, and what is wrong there: empty where nothing is.

    ``record`` is None, and ``tx`` 0, where the problem is the ledger's as a whole.
    """

    tx: int
    record: Record | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """How far a ledger goes by what is trusted, and the hash of its last entry."""

    tx: int
    hash: str


class Ledger(Protocol):
    name: str

    def append(self, records: Sequence[Record]) -> dict[UUID, int]:
        """Write the records in this order; each event's ``tx``. An event that is in already keeps its place.

        Raises LedgerBroken, LedgerUnavailable.
        """

    def head(self) -> Head | None:
        """What is trusted as its end; None when nothing was ever written. Raises LedgerBroken for a forged one."""

    def hash_of(self, tx: int) -> str | None:
        """The hash of an entry; None when there is no such entry. Raises LedgerBroken, LedgerUnavailable."""

    def places(self, events: Collection[UUID]) -> dict[UUID, int]:
        """The ``tx`` of those of the events that are in."""

    def prove(self, record: Record) -> Proof | None:
        """The proof for a record; None when the ledger has no such event."""

    def walk(self, after: int = 0) -> Iterator[Step]:
        """Every entry beyond ``after`` in order of ``tx``, checked; then what is wrong with the whole, if anything.

        Entries that are appended during the walk need not appear.
        """
