"""The ledger: where facts can't be changed unseen. ``port.py`` says what one does, the other modules are such.

``current()`` is the one that this server writes to; ``named()`` also finds the one that it wrote to before.
"""

from functools import lru_cache

from django.conf import settings

from audit.ledger.local import LocalLedger
from audit.ledger.port import Ledger


def current() -> Ledger:
    return _immudb(settings.IMMUDB_URL) if settings.IMMUDB_URL else LocalLedger()


def named(name: str) -> Ledger:
    """Raises KeyError for one that this server has no address of."""
    for ledger in every():
        if ledger.name == name:
            return ledger
    raise KeyError(name)


def every() -> list[Ledger]:
    """All that this server may have written to, the present one last."""
    return [LocalLedger(), current()] if settings.IMMUDB_URL else [LocalLedger()]


@lru_cache(maxsize=4)
def _immudb(url: str) -> Ledger:
    # Not before it is needed: immudb-py and gRPC take half a second and 40 MB.
    from audit.ledger.immudb import ImmudbLedger

    return ImmudbLedger(url)
