"""The ledger: where facts can't be changed unseen. ``port.py`` says what one does, the other modules are such.

``current()`` is the one that this server uses.
"""

from audit.ledger.local import LocalLedger
from audit.ledger.port import Ledger


def current() -> Ledger:
    return LocalLedger()
