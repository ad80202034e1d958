"""What the first bytes and the box structure of a file tell, without decoding anything: pure, no Django, no FFmpeg."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

Family = Literal["mp4", "matroska", "avi"]

HEAD_BYTES = 64
# Boxes that an MP4 or QuickTime file may begin with.
_FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"})
_EBML = b"\x1a\x45\xdf\xa3"
_DOCTYPE = re.compile(rb"\x42\x82([\x81-\x8f])(.{1,15})", re.DOTALL)
# A movie has a handful of top-level boxes; a fragmented one two for each fragment, of which the first ones say enough.
_BOXES_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class Mp4Layout:
    """How an MP4 lies on the disk."""

    brand: str
    # The index comes before the pictures, so that playing can start before the end has arrived.
    faststart: bool
    fragmented: bool
    truncated: bool
    # Where the index (moov) begins and ends.
    index: tuple[int, int] | None = None


def sniff(head: bytes) -> Family | None:
    """The family that a file with these first bytes claims to be of; None when it is none that we take."""
    if head[:4] == _EBML:
        return "matroska"
    if len(head) >= 8 and head[4:8] in _FIRST_BOXES:
        return "mp4"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    return None


def mp4_layout(file: BinaryIO, size: int) -> Mp4Layout:
    """The layout of the MP4 of ``size`` bytes in ``file``."""
    kinds: list[bytes] = []
    brand, end = "", 0
    where: tuple[int, int] | None = None
    for box in _boxes(file, size):
        if box.kind == b"ftyp" and not brand:
            file.seek(box.content)
            brand = file.read(4).decode("latin-1").strip()
        if box.kind == b"moov" and where is None:
            where = end, box.end
        kinds.append(box.kind)
        end = box.end
    index = kinds.index(b"moov") if b"moov" in kinds else len(kinds)
    media = kinds.index(b"mdat") if b"mdat" in kinds else len(kinds)
    return Mp4Layout(
        brand=brand, faststart=index < media, fragmented=b"moof" in kinds, truncated=end > size, index=where
    )


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    content: int
    end: int


def _boxes(file: BinaryIO, size: int) -> Iterator[_Box]:
    """The top-level boxes. The last one may say that it ends beyond the file."""
    start = 0
    for _ in range(_BOXES_LOOKED_AT):
        if start + 8 > size:
            return
        file.seek(start)
        header = file.read(16)
        length, kind, content = int.from_bytes(header[:4]), header[4:8], start + 8
        if length == 1:
            length, content = int.from_bytes(header[8:16]), start + 16
        elif length == 0:
            length = size - start
        if length < 8:
            return
        yield _Box(kind, content, start + length)
        start += length


@dataclass(frozen=True, slots=True)
class MatroskaLayout:
    # "webm" or "matroska"
    doctype: str
    # The segment says that it is longer than what is there. One of unknown length (a recording) says nothing.
    truncated: bool


def matroska_layout(file: BinaryIO, size: int) -> MatroskaLayout:
    file.seek(0)
    head = file.read(4096)
    header_end = _element_end(head, 0, len(_EBML)) or 0
    found = _DOCTYPE.search(head[:header_end])
    doctype = found.group(2)[: found.group(1)[0] & 0x7F].decode("ascii", "replace") if found else ""
    segment_end = None
    if head[header_end : header_end + 4] == b"\x18\x53\x80\x67":
        segment_end = _element_end(head, header_end, 4)
    return MatroskaLayout(doctype=doctype, truncated=segment_end is not None and segment_end > size)


def _element_end(data: bytes, start: int, id_length: int) -> int | None:
    """Where the EBML element at ``start`` ends; None when its length is unknown or lies outside of ``data``."""
    at = start + id_length
    if at >= len(data) or data[at] == 0:
        return None
    width = 9 - data[at].bit_length()
    raw = int.from_bytes(data[at : at + width])
    value = raw & ((1 << (7 * width)) - 1)
    unknown = value == (1 << (7 * width)) - 1
    return None if unknown or at + width > len(data) else at + width + value


@dataclass(frozen=True, slots=True)
class AviLayout:
    truncated: bool


def avi_layout(file: BinaryIO, size: int) -> AviLayout:
    """Of the first RIFF chunk, by whose length the file is judged; a recorder that was switched off says 0."""
    file.seek(4)
    return AviLayout(truncated=int.from_bytes(file.read(4), "little") + 8 > size)


Layout = Mp4Layout | MatroskaLayout | AviLayout


def layout(file: BinaryIO, size: int) -> Layout:
    """How the movie of ``size`` bytes in ``file`` lies on the disk."""
    file.seek(0)
    family = sniff(file.read(HEAD_BYTES))
    if family == "mp4":
        return mp4_layout(file, size)
    return avi_layout(file, size) if family == "avi" else matroska_layout(file, size)
