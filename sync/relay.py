"""What processes tell each other of a room beside its timeline and its people: ready messages for their sockets."""

from typing import Literal

import msgspec


class Relayed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`payload` is a server message as JSON, for everybody `but` one participant.

    `chat` carries the line's `chat_seq`; without a payload it only says that there are lines up to that one.
    """

    kind: Literal["chat", "reaction", "typing"]
    payload: bytes = b""
    chat_seq: int = 0
    but: str | None = None


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Relayed)


def encode(relayed: Relayed) -> bytes:
    return _encode(relayed)


def decode(message: bytes) -> Relayed:
    """Raises msgspec.DecodeError for what no version of this has sent."""
    return _decoder.decode(message)
