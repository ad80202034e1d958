"""Pure: first bytes and box structure."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movies.containers import Mp4Layout, matroska_layout, mp4_layout, sniff
from tests.movies.clips import box, clip

HEAD = box(b"ftyp", b"isom\x00\x00\x02\x00")


def layout(data: bytes) -> Mp4Layout:
    return mp4_layout(io.BytesIO(data), len(data))


def test_it_works() -> None:
    found = layout(HEAD + box(b"moov") + box(b"mdat", b"x" * 50))
    assert (found.brand, found.faststart, found.fragmented, found.truncated) == ("isom", True, False, False)
    assert sniff(HEAD) == "mp4"
    assert sniff(b"\x1a\x45\xdf\xa3\x01") == "matroska"


@pytest.mark.parametrize(
    "head", [b"", b"ftyp", b"<html>", b"#EXTM3U", b"ffconcat version 1.0", b"\x00\x00\x01\xba", b"GIF89a"]
)
def test_other_heads_are_nothing(head: bytes) -> None:
    assert sniff(head) is None


def test_an_index_at_the_end() -> None:
    assert not layout(HEAD + box(b"mdat", b"x") + box(b"moov")).faststart


def test_fragments() -> None:
    assert layout(HEAD + box(b"moov") + (box(b"moof") + box(b"mdat")) * 3).fragmented


@pytest.mark.parametrize("cut", range(1, 50, 7))
def test_a_missing_end(cut: int) -> None:
    assert layout((HEAD + box(b"moov") + box(b"mdat", b"x" * 50))[:-cut]).truncated


def test_sizes_of_64_bits_and_to_the_end() -> None:
    large = (1).to_bytes(4) + b"mdat" + (26).to_bytes(8) + b"x" * 10
    assert not layout(HEAD + large + box(b"moov")).truncated
    assert not layout(HEAD + box(b"moov") + (0).to_bytes(4) + b"mdat" + b"x" * 99).truncated
    assert layout(HEAD + (1).to_bytes(4) + b"mdat" + (2**63).to_bytes(8)).truncated


@given(data=st.binary(max_size=200), size=st.integers(0, 400))
def test_no_bytes_break_it(data: bytes, size: int) -> None:
    for head in (b"", HEAD, b"\x1a\x45\xdf\xa3"):
        mp4_layout(io.BytesIO(head + data), size)
        matroska_layout(io.BytesIO(head + data), size)
        sniff(head + data)


def test_matroska(tmp_path: Path) -> None:
    mkv = clip(tmp_path / "a.mkv", container="matroska", seconds=0.5).read_bytes()
    webm = clip(tmp_path / "a.webm", container="webm", video="libvpx", audio="libopus", seconds=0.5).read_bytes()
    assert matroska_layout(io.BytesIO(mkv), len(mkv)).doctype == "matroska"
    found = matroska_layout(io.BytesIO(webm), len(webm))
    assert (found.doctype, found.truncated) == ("webm", False)
    assert matroska_layout(io.BytesIO(webm), len(webm) - 100).truncated
