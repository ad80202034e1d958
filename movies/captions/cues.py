"""What every kind of captions is read into, and WebVTT is written from (https://www.w3.org/TR/webvtt1/)."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

MAX_CUES = 30_000
MAX_CUE_CHARACTERS = 4_000
# As WebVTT. Marks and escapes make a file longer: at worst each character becomes five.
MAX_BYTES = 8 * 1024**2
# As long as the longest movie (``playable.MAX_DURATION``), in milliseconds.
MAX_MILLISECONDS = 24 * 3600 * 1000

Fault = Literal["not_captions", "no_captions", "too_many_captions", "caption_too_long", "caption_too_late"]

# WebVTT's own marks that are taken along. Voices, classes, colours and whatever HTML has go; their text stays.
_KEPT = frozenset("ibu")
# What ``<`` begins only where a letter, a time or a comment follows: "1 < 2" is text. Nothing that was matched is given
# back (``*+``): where no ``>`` comes, that would take quadratic time.
_TAG = re.compile(r"<(/?)([A-Za-z0-9!?][^<>\s.]*+)[^<>]*+>|</>")


class Unreadable(Exception):
    """These are no captions that can be shown. ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


@dataclass(frozen=True, slots=True)
class Cue:
    """``start`` and ``end`` in milliseconds. ``text`` with WebVTT's marks, escaped: see ``marked``."""

    start: int
    end: int
    text: str


def marked(text: str, *, entities: bool = False) -> str:
    """Cue text in which ``<i>``, ``<b>`` and ``<u>`` are the only tags, each closed, and all else is escaped.

    ``entities``: the text comes from WebVTT, where ``&amp;`` stands for ``&``.
    """
    out: list[str] = []
    opened: list[str] = []
    at = 0
    for tag in _TAG.finditer(text):
        out.append(_plain(text[at : tag.start()], entities))
        at = tag.end()
        name = (tag[2] or "").lower()
        if name not in _KEPT:
            continue
        if not tag[1] and name not in opened:
            opened.append(name)
            out.append(f"<{name}>")
        elif tag[1] and name in opened:
            out.extend(_closing(opened, name))
    out.append(_plain(text[at:], entities))
    out.extend(f"</{name}>" for name in reversed(opened))
    lines = (line.strip() for line in "".join(out).split("\n"))
    # An empty line would end the cue.
    return "\n".join(filter(None, lines))


def _closing(opened: list[str], name: str) -> Iterable[str]:
    """Close ``name`` and what was opened within it, which is opened again."""
    within = opened[opened.index(name) + 1 :]
    opened.remove(name)
    yield from (f"</{one}>" for one in reversed(within))
    yield f"</{name}>"
    yield from (f"<{one}>" for one in within)


def _plain(text: str, entities: bool) -> str:
    text = html.unescape(text) if entities else text
    seen = "".join(letter for letter in text if letter == "\n" or (letter >= " " and letter != "\x7f"))
    return html.escape(seen, quote=False)


def webvtt(cues: Iterable[Cue]) -> str:
    """The WebVTT file of these cues, in order of time. Raises Unreadable: none, too many, too long, too late."""
    shown = sorted((cue for cue in cues if cue.end > cue.start and _words(cue.text)), key=lambda cue: cue.start)
    if not shown:
        raise Unreadable("no_captions")
    if len(shown) > MAX_CUES:
        raise Unreadable("too_many_captions")
    if max(cue.end for cue in shown) > MAX_MILLISECONDS:
        raise Unreadable("caption_too_late")
    if max(len(cue.text) for cue in shown) > MAX_CUE_CHARACTERS:
        raise Unreadable("caption_too_long")
    return "WEBVTT\n\n" + "\n".join(f"{_clock(cue.start)} --> {_clock(cue.end)}\n{cue.text}\n" for cue in shown)


def _words(text: str) -> str:
    return re.sub(r"</?[ibu]>", "", text).strip()


def _clock(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"
