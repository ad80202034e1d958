"""What clients send: one JSON object in one text frame, checked strictly.

Booleans are no numbers, numbers are finite, and unknown keys are ignored.
"""

import math
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

LARGEST_FRAME = 16 * 1024
"""Bytes."""

Id = Annotated[str, Meta(min_length=1, max_length=64)]
Seconds = Annotated[float, Meta(ge=0)]
Milliseconds = Annotated[float, Meta(ge=0)]


class _Message(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag=str.lower):
    pass


class Clock(_Message, frozen=True):
    t0: int | float
    down: Milliseconds | None = None
    rtt: Milliseconds | None = None


class Status(_Message, frozen=True):
    state: Literal["ready", "buffering", "away"]
    seq: int
    position: Seconds
    buffered: Seconds
    drift: float | None = None


class Play(_Message, frozen=True):
    id: Id
    force: bool = False


class Pause(_Message, frozen=True):
    id: Id
    at: float | None = None


class Seek(_Message, frozen=True):
    id: Id
    position: Seconds


class Rate(_Message, frozen=True):
    id: Id
    rate: Annotated[float, Meta(ge=0.25, le=4)]


class Load(_Message, frozen=True):
    id: Id
    item: Id
    after: Id | None = None


class Chat(_Message, frozen=True):
    id: Id
    text: Annotated[str, Meta(min_length=1, max_length=2000)]


class Reaction(_Message, frozen=True):
    id: Id
    emoji: Annotated[str, Meta(min_length=1, max_length=16)]


class Typing(_Message, frozen=True):
    pass


class Sync(_Message, frozen=True):
    pass


Command = Play | Pause | Seek | Rate | Load
Incoming = Clock | Status | Play | Pause | Seek | Rate | Load | Chat | Reaction | Typing | Sync

COMMANDS = ("play", "pause", "seek", "rate", "load")
TYPES = frozenset({"clock", "status", *COMMANDS, "chat", "reaction", "typing", "sync"})


class BadMessage(Exception):
    """A message that cannot be taken.

    `id` is the message's own, where it has one. `rubbish` tells what counts towards closing the connection (no JSON
    object, or an unknown type) from a known message with a wrong key.
    """

    def __init__(self, detail: str, *, id: str | None = None, rubbish: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.id = id
        self.rubbish = rubbish


class _Envelope(msgspec.Struct):
    type: Any = None
    id: Any = None


_decoder = msgspec.json.Decoder(Incoming)
_envelope = msgspec.json.Decoder(_Envelope)


def decode(frame: bytes | str) -> Incoming:
    """The message in a text frame; raises BadMessage."""
    try:
        message: Incoming = _decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as problem:
        raise _told(frame, problem) from None
    return message


def command(fields: dict[str, Any]) -> Command:
    """The command in a decoded JSON object, by the same rules; raises BadMessage."""
    if fields.get("type") not in COMMANDS:
        raise BadMessage(f"Expected a command's type ({', '.join(COMMANDS)}).")
    for key, value in fields.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise BadMessage(f"Expected a finite number - at `$.{key}`.")
    try:
        decoded: Command = msgspec.convert(fields, Command)
    except (msgspec.ValidationError, RecursionError) as problem:
        raise BadMessage(f"{problem}.") from None
    return decoded


def _told(frame: bytes | str, problem: Exception) -> BadMessage:
    """What is wrong with a frame that did not decode."""
    try:
        envelope = _envelope.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return BadMessage("Expected one JSON object in a text frame.", rubbish=True)
    id = envelope.id if isinstance(envelope.id, str) and 1 <= len(envelope.id) <= 64 else None
    if not isinstance(envelope.type, str) or envelope.type not in TYPES:
        return BadMessage(f"Expected a type out of {', '.join(sorted(TYPES))}.", id=id, rubbish=True)
    return BadMessage(f"{problem}.", id=id)
