import pytest
from hypothesis import given
from hypothesis import strategies as st

from movies.ranges import Span, Unsatisfiable, parse

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", Span(0, 0)),
        ("bytes=0-499", Span(0, 499)),
        ("bytes=500-", Span(500, 999)),
        ("bytes=-1", Span(999, 999)),
        ("bytes=-5000", Span(0, 999)),
        ("bytes=990-99999", Span(990, 999)),
        ("bytes=0-" + "9" * 5000, Span(0, 999)),
        ("bytes=" + "0" * 5000 + "7-7", Span(7, 7)),
        ("Bytes = 1 - 2", Span(1, 2)),
    ],
)
def test_it_works(header: str, span: Span) -> None:
    assert parse(header, SIZE) == span


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=0x1-2", "bytes=1.5-2", "items=0-1"),
        *("bytes=0-1,3-4", "bytes=-1-2", "bytes=١-٢", "bytes=0-1;", "bytes 0-1"),
    ],
)
def test_what_is_no_single_range_is_ignored(header: str | None) -> None:
    assert parse(header, SIZE) is None


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=" + "9" * 5000 + "-"])
def test_a_range_beyond_the_end_is_unsatisfiable(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse(header, SIZE)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=-1"])
def test_an_empty_file_has_no_ranges(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse(header, 0)


@given(first=st.integers(0, 2000), length=st.integers(1, 2000), size=st.integers(0, 2000))
def test_the_span_is_the_slice(first: int, length: int, size: int) -> None:
    content = bytes(i % 256 for i in range(size))
    try:
        span = parse(f"bytes={first}-{first + length - 1}", size)
    except Unsatisfiable:
        assert first >= size
    else:
        assert span is not None
        assert content[span.first : span.last + 1] == content[first : first + length]
        assert span.length == len(content[first : first + length])


@given(length=st.integers(1, 2000), size=st.integers(1, 2000))
def test_a_suffix_is_the_end(length: int, size: int) -> None:
    span = parse(f"bytes=-{length}", size)
    assert span is not None
    assert (span.length, span.last) == (min(length, size), size - 1)


@given(header=st.text(), size=st.integers(0, 10**13))
def test_no_header_breaks_it(header: str, size: int) -> None:
    try:
        span = parse(header, size)
    except Unsatisfiable:
        return
    assert span is None or 0 <= span.first <= span.last < size
