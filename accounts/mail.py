"""The mail port: what is said is decided now, and sent by the worker."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts import tasks
from accounts.letters import compose


def send(kind: str, to: str, context: Mapping[str, Any]) -> None:
    """Mail ``templates/mail/<kind>.*`` to one address, once the transaction that this is said in has been committed.

    A queue that can't be written to is logged, and doesn't undo what was committed.
    """
    letter = compose(kind, context)
    # A function of its own: Django's log of a failure wants its name, and a partial has none.
    transaction.on_commit(lambda: tasks.deliver(to, *letter), robust=True)
