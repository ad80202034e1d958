"""Content-Range of chunks, without Django."""

import pytest

from movies.content_range import QUANTUM, BadRange, Chunk, parse

SIZE = 3 * QUANTUM + 100


@pytest.mark.parametrize(
    ("header", "length", "expected"),
    [
        (f"bytes 0-{QUANTUM - 1}/{SIZE}", QUANTUM, Chunk(0, QUANTUM - 1)),
        (f"bytes 5-{QUANTUM + 4}/{SIZE}", QUANTUM, Chunk(5, QUANTUM + 4)),
        # After a cut: in step again.
        (f"bytes 5-{QUANTUM - 1}/{SIZE}", QUANTUM - 5, Chunk(5, QUANTUM - 1)),
        (f"bytes {3 * QUANTUM}-{SIZE - 1}/{SIZE}", 100, Chunk(3 * QUANTUM, SIZE - 1)),
        (None, SIZE, Chunk(0, SIZE - 1)),
        (f"bytes */{SIZE}", 0, None),
        ("bytes */*", 0, None),
    ],
)
def test_it_works(header: str | None, length: int, expected: Chunk | None) -> None:
    assert parse(header, length=length, size=SIZE) == expected


@pytest.mark.parametrize(
    ("header", "length"),
    [
        ("bytes 0-262143", QUANTUM),
        (f"bytes=0-262143/{SIZE}", QUANTUM),
        (f"items 0-262143/{SIZE}", QUANTUM),
        (f"bytes -1-262143/{SIZE}", QUANTUM),
        (f"bytes 0-262143/{SIZE + 1}", QUANTUM),
        ("bytes 0-262143/*", QUANTUM),
        (f"bytes 262143-0/{SIZE}", QUANTUM),
        (f"bytes 5-4/{SIZE}", 0),
        (f"bytes 0-{SIZE}/{SIZE}", SIZE + 1),
        (f"bytes 0-{4 * QUANTUM - 1}/{SIZE}", 4 * QUANTUM),
        (f"bytes 0-262143/{SIZE}", QUANTUM - 1),
        (f"bytes 0-262143/{SIZE}", 0),
        (f"bytes 0-262142/{SIZE}", QUANTUM - 1),
        (f"bytes 0-99999999999999999999/{SIZE}", QUANTUM),
        (f"bytes */{SIZE + 1}", 0),
        (f"bytes */{SIZE}", QUANTUM),
        (f"bytes ٠-262143/{SIZE}", QUANTUM),
        ("", QUANTUM),
        (None, QUANTUM),
        (None, 0),
    ],
)
def test_what_does_not_fit_is_refused(header: str | None, length: int) -> None:
    with pytest.raises(BadRange):
        parse(header, length=length, size=SIZE)
