"""How what is outside of the database hears of a change."""

from typing import Any

from django.db import transaction
from django.dispatch import Signal


def tell(signal: Signal, **about: Any) -> None:
    """Send one of the signals that follow the commit. A receiver that fails is logged: the change stands, and the
    others hear of it all the same.
    """

    def send() -> None:  # by name: Django's log of a failure wants one, and a partial has none
        signal.send(sender=None, **about)

    transaction.on_commit(send, robust=True)
