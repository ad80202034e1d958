"""The mail port: what is said is decided now, and sent by the worker."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction

from accounts import tasks
from accounts.letters import compose


def send(kind: str, to: str, context: Mapping[str, Any]) -> None:
    """Mail ``templates/mail/<kind>.*`` to one address, once the transaction that this is said in has been committed.

    A queue that can't be written to is logged, and doesn't undo what was committed.
    """
    transaction.on_commit(partial(tasks.deliver, to, *compose(kind, context)), robust=True)
