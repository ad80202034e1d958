"""Byte ranges of RFC 9110, section 14: pure, no Django."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]*)\s*-\s*([0-9]*)\s*", re.ASCII | re.IGNORECASE)
# Longer numbers lie beyond every file; Python would refuse to convert very long ones.
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes ``first`` to ``last``, both included, as in Content-Range."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class Unsatisfiable(Exception):
    """No byte of the file lies in the range: 416."""


def parse(header: str | None, size: int) -> Span | None:
    """What part of a file of ``size`` bytes is asked for. None: the whole of it.

    A header that is malformed, in another unit or with several ranges is ignored, as the RFC allows: a client that
    asks so gets the whole file with 200. Raises Unsatisfiable.
    """
    found = _ONE_RANGE.fullmatch(header) if header else None
    if found is None:
        return None
    first, last = (_number(digits) for digits in found.groups())
    if first is None:
        return None if last is None else _suffix(last, size)
    if last is not None and last < first:
        return None
    if first >= size:
        raise Unsatisfiable
    return Span(first, size - 1 if last is None else min(last, size - 1))


def _suffix(length: int, size: int) -> Span:
    if length == 0 or size == 0:
        raise Unsatisfiable
    return Span(max(0, size - length), size - 1)


def _number(digits: str) -> int | None:
    if not digits:
        return None
    return 10**_DIGITS if len(digits.lstrip("0")) > _DIGITS else int(digits[-_DIGITS:])
