"""An event on its way into the outbox, and the JSON that it is kept and hashed as."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from audit.facts import Value

canonical = msgspec.json.Encoder(order="sorted").encode
"""Sorted keys, no spaces, UTF-8: byte for byte what Python's own json makes of it, in an eighth of the time."""


@dataclass(slots=True)
class NewEvent:
    """A row of the outbox that is to be. Who makes a change waits for it, and a model takes thirty times as long."""

    fact: str
    actor: UUID | None
    room: UUID | None
    subject: str
    data: dict[str, Value]
    at: datetime
    event: UUID = field(default_factory=uuid4)
    personal: str = ""
    seal: str = ""
    writer: UUID | None = None
    position: int | None = None
