"""Files that are made to do harm: what they say of themselves is far from what they hold."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import av

from tests.movies.clips import box, boxes, clip

SAMPLE_TABLE = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
SAMPLES_OF_A_RUN = (b"moof", b"traf", b"trun")
TIME_OF_A_FRAGMENT = (b"moof", b"traf", b"tfdt")
DATA_REFERENCE = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref")

Change = Callable[[bytes], bytes]


def changed(data: bytes, path: tuple[bytes, ...], change: Change) -> bytes:
    """The boxes in ``data``, with the content of those at ``path`` changed."""
    kind, *below = path
    whole = b""
    for found, content in boxes(data):
        if found == kind:
            content = changed(content, tuple(below), change) if below else change(content)
        whole += box(found, content)
    return whole


def mp4(path: Path, movflags: str = "+faststart") -> bytes:
    """A second of H.264."""
    return clip(path, seconds=1, audio=None, movflags=movflags).read_bytes()


def samples_that_lie(path: Path) -> bytes:
    """Each sample says that it has 2 GB."""
    return changed(mp4(path), (*SAMPLE_TABLE, b"stsz"), lambda held: held[:12] + b"\x7f\xff\xff\xff" * _count(held, 12))


def offsets_that_lie(path: Path) -> bytes:
    """Each chunk says that it lies behind 4 GB."""
    return changed(mp4(path), (*SAMPLE_TABLE, b"stco"), lambda held: held[:8] + b"\xff\xff\xff\xf0" * _count(held, 8))


def _count(table: bytes, head: int) -> int:
    return (len(table) - head) // 4


def fragmented(path: Path) -> bytes:
    return mp4(path, movflags="frag_keyframe+empty_moov+default_base_moof")


def gigabytes_in_a_fragment(path: Path) -> bytes:
    """One fragment of 85 million samples, of which none has a size or a time of its own to be read: 2 GB of index."""
    return changed(fragmented(path), SAMPLES_OF_A_RUN, lambda _: bytes(4) + (85_000_000).to_bytes(4))


def endless_fragments(path: Path) -> bytes:
    """2,000 fragments, each years after the one before."""
    whole = boxes(fragmented(path))
    first = [kind for kind, _ in whole].index(b"moof")
    head, (moof, data) = whole[:first], (box(*one) for one in whole[first : first + 2])

    def years(number: int) -> Change:
        return lambda held: b"\x01" + held[1:4] + (number * 2**40).to_bytes(8)

    fragments = (changed(moof, TIME_OF_A_FRAGMENT, years(number)) + data for number in range(2000))
    return b"".join(box(*one) for one in head) + b"".join(fragments)


def movie_of_another_file(other: Path, path: Path) -> Path:
    """The index of the MP4 ``other`` alone, beside it at ``path``: it says that its pictures lie there.

    Apple's QuickTime File Format Specification, "Data Reference Atoms", with an alias of the Macintosh.
    """
    name = other.name.encode()
    where = b"/" + name + bytes((len(name) + 1) % 2)
    alias = bytes(14) + bytes(1 + 27 + 12) + bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16)
    # One level up from here to what both have in common, and one down from it; an absolute path; the end.
    alias += (1).to_bytes(2) * 2 + bytes(16) + (2).to_bytes(2) + (1 + len(name)).to_bytes(2) + where + b"\xff\xff\0\0"
    reference = bytes(4) + (1).to_bytes(4) + box(b"alis", alias.ljust(200, b"\0"))
    whole = boxes(changed(other.read_bytes(), DATA_REFERENCE, lambda _: reference))
    path.write_bytes(b"".join(box(kind, content) for kind, content in whole if kind != b"mdat"))
    return path


def avi(path: Path) -> bytes:
    return clip(path, container="avi", video="mpeg4", audio=None, seconds=0.3).read_bytes()


def avi_of_tracks(path: Path, times: int) -> bytes:
    """An AVI whose track is announced so many times over."""
    whole = avi(path)
    outer = whole.index(b"LIST")
    inner = whole.index(b"LIST", outer + 4)
    end = inner + 8 + int.from_bytes(whole[inner + 4 : inner + 8], "little")
    more = whole[inner:end] * (times - 1)
    length = int.from_bytes(whole[outer + 4 : outer + 8], "little") + len(more)
    made = whole[: outer + 4] + length.to_bytes(4, "little") + whole[outer + 8 : end] + more + whole[end:]
    return made[:4] + (len(made) - 8).to_bytes(4, "little") + made[8:]


def avi_that_lies(path: Path) -> bytes:
    """Each picture says that it has 2 GB."""
    whole = avi(path)
    head, *pictures = whole.split(b"00dc")
    return head + b"".join(b"00dc\xff\xff\xff\x7f" + one[4:] for one in pictures)


def matroska(tracks: bytes, clusters: bytes, duration: float | None = 1000.0) -> bytes:
    """``duration`` in ms. Times of clusters too."""
    kind = _element("4282", b"matroska") + _element("4287", b"\x04") + _element("4285", b"\x02")
    length = _element("4489", struct.pack(">d", duration)) if duration is not None else b""
    info = _element("1549A966", _element("2AD7B1", (10**6).to_bytes(4)) + length)
    return _element("1A45DFA3", kind) + _element("18538067", info + _element("1654AE6B", tracks) + clusters)


def vp8_track(number: int = 1) -> bytes:
    shape = _element("B0", (320).to_bytes(4)) + _element("BA", (180).to_bytes(4))
    kind = _element("83", b"\x01") + _element("86", b"V_VP8") + _element("E0", shape)
    return _element("AE", _element("D7", number.to_bytes(4)) + _element("73C5", number.to_bytes(4)) + kind)


def cluster(at: int, *pictures: bytes) -> bytes:
    """Pictures of the first track, each 40 ms after the one before."""
    blocks = (
        _element("A3", b"\x81" + (number * 40).to_bytes(2) + b"\x80" + one) for number, one in enumerate(pictures)
    )
    return _element("1F43B675", _element("E7", at.to_bytes(8)) + b"".join(blocks))


def vp8(path: Path) -> list[bytes]:
    """Five pictures, the first a key frame."""
    clip(path, container="webm", video="libvpx", audio=None, seconds=0.5)
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(video=0) if packet.size]


def of_size(key_frame: bytes, size: int) -> bytes:
    """A VP8 key frame that says it is a square of that size (RFC 6386, section 9.1)."""
    return key_frame[:6] + size.to_bytes(2, "little") * 2 + key_frame[10:]


def _element(kind: str, content: bytes) -> bytes:
    """Of EBML (RFC 8794), its length in eight bytes."""
    return bytes.fromhex(kind) + (2**56 | len(content)).to_bytes(8) + content
