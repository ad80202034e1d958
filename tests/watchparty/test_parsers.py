"""What is no JSON is refused, with a reason."""

import io

import pytest
from rest_framework.exceptions import ParseError

from watchparty.api.parsers import StrictJSONParser


def parse(body: bytes) -> object:
    return StrictJSONParser().parse(io.BytesIO(body))


def test_it_works():
    assert parse(b'{"a": [1, 2.5, "x", null, true]}') == {"a": [1, 2.5, "x", None, True]}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"NaN", b"[Infinity]", b"1e999", b"-1e999", b'{"a": 1e999}', b'"\xff"', b"{'a': 1}", b'{"a": 1,}'],
)
def test_refused(body: bytes):
    with pytest.raises(ParseError):
        parse(body)


@pytest.mark.parametrize("depth", [33, 1000, 30_000])
def test_deep_nesting_is_refused(depth: int):
    with pytest.raises(ParseError, match="deep"):
        parse(b"[" * depth + b"]" * depth)
