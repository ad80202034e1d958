"""Playlists of HLS (RFC 8216), as far as one must know of them to let a page play one. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from django.utils.translation import gettext as _

from movies.external.addresses import Unacceptable

MOST_SEGMENTS = 50_000
MOST_VARIANTS = 12
# Attributes of a tag: names in capitals, values bare or in quotes (RFC 8216, 4.2).
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Variant:
    """``codecs`` as RFC 6381 names them, empty where the playlist doesn't; ``width``, ``height`` 0 likewise."""

    url: str
    codecs: tuple[str, ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Master:
    """The same film in several qualities, each by a playlist of its own."""

    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Media:
    """The parts of one film. ``urls``: all that is fetched to play it, keys too; ``first`` is where its index or its
    first pictures lie; ``duration`` in seconds; ``encrypted`` by a key that anybody may fetch."""

    urls: tuple[str, ...]
    first: str
    duration: float
    encrypted: bool


def parse(text: str, base: str) -> Master | Media:
    """What the playlist fetched from ``base`` says. Raises Unacceptable."""
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()]
    if not lines or lines[0] != "#EXTM3U":
        raise Unacceptable(_("What lies there is not a playlist (HLS)."))
    if any(line.startswith("#EXT-X-DEFINE") for line in lines):
        raise Unacceptable(_("This playlist (HLS) has variables in it, which can't be played here."))
    master = any(line.startswith("#EXT-X-STREAM-INF:") for line in lines)
    return _master(lines, base) if master else _media(lines, base)


def _master(lines: list[str], base: str) -> Master:
    variants: list[Variant] = []
    told: dict[str, str] | None = None
    for line in lines:
        tag, _colon, rest = line.partition(":")
        if tag == "#EXT-X-STREAM-INF":
            told = _attributes(rest)
        elif tag == "#EXT-X-SESSION-KEY":
            _check_key(_attributes(rest))
        elif tag == "#EXT-X-MEDIA":
            told_of = _attributes(rest)
            if told_of.get("TYPE") in ("AUDIO", "VIDEO") and "URI" in told_of:
                raise Unacceptable(_("Its sound and pictures lie in separate playlists (HLS); that can't be played."))
        elif told is not None and line and not line.startswith("#"):
            variants.append(_variant(told, urljoin(base, line)))
            told = None
    if len(variants) > MOST_VARIANTS:
        raise Unacceptable(_("This playlist (HLS) has more than %d qualities.") % MOST_VARIANTS)
    return Master(tuple(variants))


def _variant(told: dict[str, str], url: str) -> Variant:
    size = _SIZE.fullmatch(told.get("RESOLUTION", ""))
    codecs = tuple(filter(None, (codec.strip() for codec in told.get("CODECS", "").split(","))))
    return Variant(url, codecs, *(int(side) for side in size.groups()) if size else (0, 0))


def _media(lines: list[str], base: str) -> Media:
    if "#EXT-X-ENDLIST" not in lines:
        raise Unacceptable(_("This playlist (HLS) is a broadcast, or not finished: only whole films can be played."))
    urls: dict[str, None] = {}
    first, duration, segments, encrypted = "", 0.0, 0, False
    for url, seconds, key in _named(lines, base):
        urls[url] = None
        encrypted = encrypted or key
        if not key:
            first = first or url
        duration += seconds or 0.0
        segments += seconds is not None
        if segments > MOST_SEGMENTS:
            raise Unacceptable(_("This playlist (HLS) has more than %d parts.") % MOST_SEGMENTS)
    if not segments:
        raise Unacceptable(_("This playlist (HLS) names no parts of a film."))
    return Media(tuple(urls), first, duration, encrypted)


def _named(lines: list[str], base: str) -> Iterator[tuple[str, float | None, bool]]:
    """Each URL, for how many seconds it plays (None: it is no part of the film), and whether it is that of a key."""
    seconds: float | None = None
    for line in lines:
        tag, _colon, rest = line.partition(":")
        if tag == "#EXTINF":
            seconds = _seconds(rest.partition(",")[0])
        elif tag == "#EXT-X-KEY":
            if uri := _check_key(_attributes(rest)):
                yield urljoin(base, uri), None, True
        elif tag == "#EXT-X-MAP":
            yield urljoin(base, _attributes(rest).get("URI", "")), None, False
        elif line and not line.startswith("#"):
            if seconds is None:
                raise Unacceptable(_("This playlist (HLS) does not say how long its parts are."))
            yield urljoin(base, line), seconds, False
            seconds = None


def _check_key(told: dict[str, str]) -> str | None:
    """Where the key lies, if there is one. Raises Unacceptable for what only licensed players decrypt."""
    method = told.get("METHOD", "")
    if method == "NONE":
        return None
    if method != "AES-128" or told.get("KEYFORMAT", "identity") != "identity" or not told.get("URI"):
        raise Unacceptable(_("This film is protected (DRM) and can't be played here."))
    return told["URI"]


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise Unacceptable(_("This playlist (HLS) does not say how long its parts are."))
    return seconds


def _attributes(text: str) -> dict[str, str]:
    return {name: value.strip().strip('"') for name, value in _ATTRIBUTE.findall(text)}
