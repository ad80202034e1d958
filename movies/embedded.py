"""The subtitles that an uploaded movie brings along: taken out while it is processed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from movies import confined, storage
from movies.captions.cues import MAX_BYTES
from movies.confined.answers import Tracks
from movies.models import Movie, Subtitle
from movies.subtitles import language_tag
from watchparty.errors import Invalid

logger = logging.getLogger(__name__)

UNKNOWN = "und"


@dataclass(frozen=True, slots=True)
class Embedded:
    """A track that was taken out. ``file`` is a name in the media storage."""

    file: str
    language: str
    label: str


def take_out(path: Path, folder: Path, *, seconds: float) -> tuple[Embedded, ...]:
    """Store the text subtitles in the movie at ``path``. Raises OutOfSpace; a movie whose subtitles can't be read is
    shown without them."""
    try:
        found = confined.run("tracks", str(path), str(folder), answer=Tracks, seconds=seconds, writes=MAX_BYTES)
    except (confined.Refused, confined.Broken) as error:
        logger.warning("The subtitles in a movie can't be read: %s", error)
        return ()
    taken: list[Embedded] = []
    try:
        for track in found.tracks:
            name = storage.move_in(folder / Path(track.file).name, storage.new_name("subtitles", ".vtt"))
            taken.append(Embedded(file=name, language=_tag(track.language), label=_label(track.title)))
    except BaseException:
        storage.discard(*(track.file for track in taken))
        raise
    return tuple(taken)


def register(movie: Movie, tracks: Iterable[Embedded]) -> None:
    Subtitle.objects.bulk_create(
        Subtitle(movie=movie, language=track.language, label=track.label, file=track.file) for track in tracks
    )


def _tag(language: str) -> str:
    """BCP 47. Matroska and MP4 have three letters: ``ger`` is ``de``."""
    try:
        return language_tag(language)
    except Invalid:
        return UNKNOWN


def _label(title: str) -> str:
    return "".join(letter for letter in title if letter.isprintable()).strip()[:60]
