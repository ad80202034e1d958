"""A film of any size that lies nowhere: whoever asks for a part of it gets that, and the whole has a checksum."""

import hashlib
import random
from collections.abc import Iterator

BLOCK = 16 * 1024**2
PIECE = 1024**2


class Film:
    """The first bytes of an MP4, and then blocks of which no two are alike, so that a wrong place would show."""

    def __init__(self, size: int, seed: int) -> None:
        if size <= 2 * PIECE:
            raise ValueError(f"expected more than {2 * PIECE} bytes")
        self.size = size
        self._noise = random.Random(seed).randbytes(BLOCK)
        kind = (24).to_bytes(4) + b"ftypisom\x00\x00\x02\x00isomiso2"
        # A box of 64 bits: ISO/IEC 14496-12, section 4.2.
        self._head = kind + (1).to_bytes(4) + b"free" + (size - len(kind)).to_bytes(8)

    def pieces(self, first: int, end: int) -> Iterator[bytes]:
        """The bytes from ``first`` to before ``end``, at most `PIECE` at a time."""
        for start in range(first, end, PIECE):
            yield self._part(start, min(start + PIECE, end))

    def checksum(self) -> str:
        whole = hashlib.sha256()
        for piece in self.pieces(0, self.size):
            whole.update(piece)
        return whole.hexdigest()

    def _part(self, first: int, end: int) -> bytes:
        made = bytearray()
        while first < end:
            number, inside = divmod(first, PIECE)
            length = min(end - first, PIECE - inside)
            made += self._block(number)[inside : inside + length]
            first += length
        return bytes(made)

    def _block(self, number: int) -> bytes:
        """Of `PIECE` bytes, the number before some of the noise."""
        start = self._head if number == 0 else number.to_bytes(8)
        at = number % (BLOCK // PIECE) * PIECE
        return start + self._noise[at + len(start) : at + PIECE]
