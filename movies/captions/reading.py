"""SRT, WebVTT and ASS, as people have them, into cues.

SRT and WebVTT are read here: pysubs2 needs quadratic time for some texts, and takes the names of WebVTT's cues for
captions. ASS, with its styles and drawings, is pysubs2's.
"""

import html
import re
from collections.abc import Iterable, Iterator

import pysubs2
from pysubs2.formats.substation import parse_tags
from pysubs2.ssastyle import SSAStyle

from movies.captions.cues import MAX_CUES, Cue, Unreadable, marked

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"\s{{0,8}}{_TIME}\s{{0,8}}-->\s{{0,8}}{_TIME}(?:\s.*)?", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
# ASS's marks, which are found in SRT too: {\an8} for above.
_OVERRIDE = re.compile(r"\{\\[^{}]*\}")
_STYLES = re.compile(r"\[(?:Script Info|V4\+? Styles|Events)\]", re.IGNORECASE)
_OLD_STYLES = re.compile(r"\[V4 Styles\]", re.IGNORECASE)
# FFmpeg gives every kind of embedded text as such lines: ReadOrder, Layer, Style, Name, three margins, Effect, Text.
_FIELDS_OF_PACKET = 9


def read(text: str) -> list[Cue]:
    """The cues of a file of any of these kinds. Raises Unreadable."""
    start = text.lstrip("\ufeff \t\n")
    if start.startswith("WEBVTT"):
        return list(_timed(start, webvtt=True))
    if _STYLES.match(start):
        return list(_ass(start))
    cues = list(_timed(start, webvtt=False))
    if not cues:
        raise Unreadable("not_captions")
    return cues


def _timed(text: str, *, webvtt: bool) -> Iterator[Cue]:
    """The cues of SRT or WebVTT: a line of times, then text, until the next one."""
    times: tuple[int, int] | None = None
    lines: list[str] = []
    count = 0
    for line in text.split("\n"):
        timing = _TIMING.fullmatch(line.rstrip())
        if timing is None:
            lines.append(line)
            continue
        if times is not None:
            yield Cue(*times, _cue_text(lines, webvtt=webvtt, last=False))
        count += 1
        if count > MAX_CUES:
            raise Unreadable("too_many_captions")
        times, lines = (_milliseconds(timing.groups()[:4]), _milliseconds(timing.groups()[4:])), []
    if times is not None:
        yield Cue(*times, _cue_text(lines, webvtt=webvtt, last=True))


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return whole * 1000 + int((fraction or "").ljust(3, "0"))


def _cue_text(lines: list[str], *, webvtt: bool, last: bool) -> str:
    return marked(_in_webvtt(lines), entities=True) if webvtt else marked(_OVERRIDE.sub("", _in_srt(lines, last=last)))


def _in_webvtt(lines: list[str]) -> str:
    """A cue ends with an empty line. What comes behind it is a comment, or the name of the next cue."""
    end = next((index for index, line in enumerate(lines) if not line.strip()), len(lines))
    return "\n".join(lines[:end])


def _in_srt(lines: list[str], *, last: bool) -> str:
    """Empty lines within a cue are common; behind it comes the number of the next one."""
    text = "\n".join(lines).rstrip()
    before, _, number = text.rpartition("\n")
    return before if not last and _NUMBER.fullmatch(number.strip()) else text


def _ass(text: str) -> Iterator[Cue]:
    script = _script(text)
    for count, line in enumerate(script.get_text_events()):
        if count >= MAX_CUES:
            raise Unreadable("too_many_captions")
        yield Cue(max(line.start, 0), line.end, _ass_text(line.text, line.style, script.styles))


def _script(text: str) -> pysubs2.SSAFile:
    try:
        return pysubs2.SSAFile.from_string(text, "ssa" if _OLD_STYLES.search(text) else "ass")
    except (pysubs2.exceptions.Pysubs2Error, ValueError, KeyError, IndexError, AttributeError):
        # What it raises for lines that it can't make sense of depends on the line.
        raise Unreadable("not_captions") from None


def _ass_text(text: str, style: str, styles: dict[str, SSAStyle]) -> str:
    """Bold, italics and underlines stay; places, colours, fonts and drawings go."""
    out = []
    for piece, look in parse_tags(text, styles.get(style, SSAStyle.DEFAULT_STYLE), styles):
        if look.drawing:
            continue
        # ASS knows no <tags>: escaped, they stay text.
        piece = html.escape(piece, quote=False)
        piece = piece.replace(r"\N", "\n").replace(r"\n", "\n").replace(r"\h", "\u00a0")
        for tag, wanted in (("u", look.underline), ("i", look.italic), ("b", look.bold)):
            piece = f"<{tag}>{piece}</{tag}>" if wanted and piece.strip() else piece
        out.append(piece)
    return marked("".join(out), entities=True)


def read_packets(header: str, packets: Iterable[tuple[int, int, str]]) -> Iterator[Cue]:
    """Embedded captions as FFmpeg decodes them, whatever they were: ``(start, end, line)`` in milliseconds, of a track
    with this ASS ``header``. Raises Unreadable."""
    styles = _script(header).styles
    for start, end, line in packets:
        fields = line.split(",", _FIELDS_OF_PACKET - 1)
        if len(fields) == _FIELDS_OF_PACKET:
            yield Cue(max(start, 0), end, _ass_text(fields[-1], fields[2], styles))
