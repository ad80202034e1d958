from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.dispatch import Signal

from accounts.models import User

Receiver = Callable[..., None]

# Each audited signal, with the receiver: the tests ask whether one is missing.
heard: dict[Signal, Receiver] = {}


def hears(signal: Signal) -> Callable[[Receiver], Receiver]:
    """Connect the receiver. It takes the signal's keywords that it needs, and ``**rest``."""

    def connect(receiver: Receiver) -> Receiver:
        def called(sender: Any, **keywords: Any) -> None:
            receiver(**keywords)

        signal.connect(called, weak=False, dispatch_uid=f"audit.{receiver.__module__}.{receiver.__name__}")
        heard[signal] = receiver
        return receiver

    return connect


def id_of(user: User | None) -> UUID | None:
    """The actor's id; None when the server itself did it."""
    return user.pk if user else None
