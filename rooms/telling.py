"""How live sockets hear of a change."""

from collections.abc import Callable
from typing import ParamSpec

from django.db import transaction

P = ParamSpec("P")


def tell(notice: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Send one of ``sync.notices`` once the transaction is committed. One that can't be sent is logged: the change
    stands, and the other notices go out all the same.
    """

    def send() -> None:  # by name: Django's log of a failure wants one, and a partial has none
        notice(*args, **kwargs)

    transaction.on_commit(send, robust=True)
