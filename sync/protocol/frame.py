"""One WebSocket text frame, header and all (RFC 6455, section 5.2), as a server writes it: unmasked."""

import struct

FINAL_TEXT = 0x81


def text_frame(payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((FINAL_TEXT, size)) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", FINAL_TEXT, 126, size) + payload
    return struct.pack("!BBQ", FINAL_TEXT, 127, size) + payload


class Message:
    """An encoded server message: `payload` is its JSON, `frame` the same as bytes for a raw connection."""

    __slots__ = ("frame", "payload")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.frame = text_frame(payload)
