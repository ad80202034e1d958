"""Content-Range of the chunks of a resumable upload, as Google's protocol has it: pure, no Django.

``bytes 0-524287/2000000`` is a chunk, ``bytes */2000000`` asks how far it got, no header at all is the whole file.
"""

import re
from dataclasses import dataclass

QUANTUM = 256 * 1024
"""Every chunk but the last is a multiple of so many bytes."""

_CHUNK = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})", re.ASCII)
_QUESTION = re.compile(r"bytes \*/([0-9]{1,18}|\*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The bytes ``first`` to ``last`` of the file, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class BadRange(ValueError):
    """With what was expected and what came."""


def parse(header: str | None, *, length: int, size: int) -> Chunk | None:
    """Which bytes of a file of ``size`` bytes a body of ``length`` bytes is. None: it asks how far the upload got.

    Raises BadRange.
    """
    if header is None:
        header = f"bytes 0-{length - 1}/{length}"
    if asked := _QUESTION.fullmatch(header):
        if asked[1] not in ("*", str(size)):
            raise BadRange(f"The file has {size} bytes by its announcement, not {asked[1]}.")
        if length:
            raise BadRange(f"A question has no body, this one has {length} bytes.")
        return None
    found = _CHUNK.fullmatch(header)
    if found is None:
        raise BadRange("Expected Content-Range: bytes FIRST-LAST/SIZE, or bytes */SIZE.")
    first, last, total = (int(number) for number in found.groups())
    if total != size:
        raise BadRange(f"The file has {size} bytes by its announcement, not {total}.")
    if not first <= last < size:
        raise BadRange(f"{first}-{last} is no range of a file of {size} bytes.")
    chunk = Chunk(first, last)
    if chunk.length != length:
        raise BadRange(f"{first}-{last} are {chunk.length} bytes, the body has {length}.")
    # By its end as well: after a cut a client may send less once, and be in step again.
    if last + 1 != size and length % QUANTUM and (last + 1) % QUANTUM:
        raise BadRange(f"Every chunk but the last is a multiple of {QUANTUM} bytes.")
    return chunk
