"""A batch: what one transaction of ImmuDB holds, as it is written and as it is read back."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from audit.ledger.chain import link, opened, preimage
from audit.ledger.immudb.proofs import Pair, root_of
from audit.ledger.port import LedgerBroken, Record, Step


@dataclass
class Batch:
    """``pairs`` are the anchor and the entries ``first`` to ``last``; ``hash`` is the last one's."""

    first: int
    last: int
    hash: str
    pairs: list[Pair]

    @cached_property
    def root(self) -> bytes:
        return root_of(self.pairs)

    def prepare(self) -> None:
        """Count ahead what its proof needs."""
        _root = self.root


def anchor_key(first: int) -> bytes:
    return f"anchor/{first}".encode()


def chained(records: Sequence[Record], first: int, previous: str) -> Batch:
    """What is written for the records."""
    written = []
    for number, record in enumerate(records, start=first):
        written.append((record.event.bytes, preimage(number, previous, record.payload)))
        previous = link(number, previous, record.payload)
    last = first + len(records) - 1
    return Batch(first, last, previous, [(anchor_key(first), f"{last}\n{previous}".encode()), *written])


def pairs_of(entries: Any) -> list[Pair]:
    """Keys and values without ImmuDB's prefixes, a byte each."""
    return [(entry.key[1:], entry.value[1:]) for entry in entries]


def checked(key: bytes, value: bytes, previous: str) -> tuple[Step, str]:
    """The step for an entry that should follow ``previous``, and its own hash. Raises LedgerBroken."""
    try:
        (number, before, payload), event = opened(value), UUID(bytes=key)
    except ValueError as error:
        raise LedgerBroken(_("ImmuDB holds something that isn't an entry.")) from error
    problem = "" if before == previous else _("It doesn't follow the entry before it.")
    return Step(number, Record(event, payload), problem), link(number, before, payload)
