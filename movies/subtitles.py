"""Subtitles that somebody adds to a movie of theirs, or takes away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import langcodes
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from langcodes.tag_parser import LanguageTagError

from accounts.models import User
from movies import given, storage
from movies.access import require_owner
from movies.captions.cues import MAX_BYTES
from movies.models import Movie, Subtitle
from movies.signals import subtitles_added, subtitles_removed
from watchparty.errors import Conflict, Invalid, TooLarge

MAX_TRACKS = 40
CONVERTING_SECONDS = 20.0


def language_tag(text: str) -> str:
    """``text`` as the canonical BCP 47 tag: ``en``, ``pt-BR``, ``zh-Hant``. Raises Invalid."""
    try:
        tag = langcodes.standardize_tag(text.strip())
    except LanguageTagError:
        tag = ""
    if not tag or len(tag) > Subtitle.LANGUAGE_LENGTH or not langcodes.tag_is_valid(tag):
        raise Invalid(_("Expected a language by its BCP 47 tag, such as en, pt-BR or zh-Hant."), field="language")
    return tag


def add(*, by: User, movie: Movie, upload: UploadedFile[Any], language: str, label: str = "") -> Subtitle:
    """A track from a file that was just received: SRT, WebVTT or ASS of any encoding, kept as WebVTT.

    Raises Forbidden (not the owner's), Invalid naming ``file`` or ``language``, TooLarge, Conflict (too many tracks),
    OutOfSpace, Unavailable (too many at once); then nothing is kept.
    """
    require_owner(by, movie)
    tag = language_tag(language)
    if (upload.size or 0) > settings.BODY_MAX_BYTES:
        raise TooLarge(_("Subtitles may have %d bytes at most.") % settings.BODY_MAX_BYTES, field="file")
    with storage.workshop() as folder:
        name = storage.move_in(_converted(upload, tag, folder), storage.new_name("subtitles", ".vtt"))
    try:
        return _register(by=by, movie=movie, language=tag, label=label, file=name)
    except BaseException:
        storage.media().delete(name)
        raise


@transaction.atomic
def remove(*, by: User, subtitle: Subtitle) -> None:
    """Its file goes when the transaction is through (``receivers``)."""
    require_owner(by, subtitle.movie)
    subtitles_removed.send(Subtitle, subtitle=subtitle, by=by)
    subtitle.delete()


def _converted(upload: UploadedFile[Any], language: str, folder: Path) -> Path:
    """In a confined process: some texts would keep a parser busy for hours."""
    made = folder / "captions.vtt"
    given.made_anew(
        upload,
        made,
        "captions",
        language,
        refusals={
            "not_captions": _("These are no subtitles that can be read. Expected SRT, WebVTT or ASS."),
            "no_captions": _("There is no text with a time in this file."),
            "too_many_captions": _("There are too many captions in this file."),
            "caption_too_long": _("A caption in this file is too long to be shown."),
            "caption_too_late": _("A caption in this file ends after more than 24 hours."),
        },
        too_much=_("Reading these subtitles took too much time or memory."),
        seconds=CONVERTING_SECONDS,
        writes=MAX_BYTES,
    )
    return made


@transaction.atomic
def _register(*, by: User, movie: Movie, language: str, label: str, file: str) -> Subtitle:
    # The lock: two at once would both find room for one more.
    Movie.objects.select_for_update().get(pk=movie.pk)
    if movie.subtitles.count() >= MAX_TRACKS:
        raise Conflict(_("A movie has %d subtitles at most. Remove some first.") % MAX_TRACKS)
    subtitle = Subtitle.objects.create(movie=movie, language=language, label=label, file=file)
    subtitles_added.send(Subtitle, subtitle=subtitle, by=by)
    return subtitle
