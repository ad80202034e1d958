"""A film that lies elsewhere in parts, by a playlist (HLS): what it is, and all origins that a page would ask.

The page's player fetches playlists and parts by itself, so their servers must let it (CORS), and its policy must name
each origin. What a playlist says later, when it is another one, doesn't widen that.
"""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from movies import playable
from movies.confined.answers import MAX_SIDE, Facts, Video
from movies.external.addresses import Unacceptable, place, resolved
from movies.external.client import Budget, open_start
from movies.external.found import Found
from movies.external.playlists import Master, Media, Variant, parse

PLAYLIST_BYTES = 4 * 1024**2
START_BYTES = 4096
MOST_ORIGINS = 8
# RFC 6381's names of codecs that the page's player feeds to browsers, and what FFmpeg calls them.
_VIDEO = {"avc1": "h264", "avc3": "h264", "vp09": "vp9", "av01": "av1"}
_AUDIO = {"mp4a": "aac", "opus": "opus", "flac": "flac"}
_UNKNOWN = "unknown"
# MPEG-2 transport streams have this in each 188th byte; parts of MP4 begin with one of these boxes.
_TS, _TS_PACKET = 0x47, 188
_BOXES = frozenset({b"ftyp", b"styp", b"moov", b"moof", b"sidx", b"emsg", b"prft"})


def names_playlist(url: str) -> bool:
    """By the end of its path, as players guess too. Servers often send playlists whole, whatever part is asked for."""
    return urlsplit(url).path.lower().endswith(".m3u8")


def look(url: str, budget: Budget) -> Found:
    """Raises Unacceptable."""
    return _Look(budget).at(url)


@dataclass
class _Look:
    budget: Budget
    origins: list[str] = field(default_factory=list)

    def at(self, url: str) -> Found:
        found = self._playlist(url)
        if isinstance(found, Media):
            found, variants = found, [Variant(url, (), 0, 0)]
        else:
            variants = [one for one in found.variants if _playable(one)]
            if not variants:
                raise Unacceptable(_("Browsers can't play the codecs that this playlist (HLS) names."))
            found = self._first_of(variants)
        self._see_first_part(found)
        best = max(variants, key=lambda one: one.height)
        return Found(
            plan=playable.Plan("hls", False, *_codecs(best)),
            facts=_facts(best, found.duration),
            duration=playable.check_duration(found.duration),
            size=None,
            origins=tuple(self.origins),
        )

    def _first_of(self, variants: list[Variant]) -> Media:
        """All are read: the player takes whichever suits the line, and each may lie on other servers."""
        read = [self._playlist(one.url) for one in variants]
        first = read[0]
        if isinstance(first, Master) or any(isinstance(one, Master) for one in read):
            raise Unacceptable(_("This playlist (HLS) leads to others that lead on to others."))
        return first

    def _playlist(self, url: str) -> Master | Media:
        start = open_start(url, most=PLAYLIST_BYTES, budget=self.budget)
        self._come_through(start.origins)
        if not start.whole:
            raise Unacceptable(_("This playlist (HLS) is longer than that of any film."))
        found = parse(start.data.decode(errors="replace"), start.place.url)
        self._let_pages_read(start.readable, start.place.host)
        for origin in dict.fromkeys(place(one).origin for one in (found.urls if isinstance(found, Media) else ())):
            if origin not in self.origins:
                resolved(place(origin))
                self._come_through((origin,))
        return found

    def _see_first_part(self, media: Media) -> None:
        start = open_start(media.first, most=START_BYTES, budget=self.budget)
        self._come_through(start.origins)
        self._let_pages_read(start.readable, start.place.host)
        if not media.encrypted and not _begins_as_film(start.data):
            raise Unacceptable(_("What this playlist (HLS) names is not a film: expected parts of MP4, or MPEG-TS."))

    def _come_through(self, origins: tuple[str, ...]) -> None:
        self.origins += [origin for origin in origins if origin not in self.origins]
        if len(self.origins) > MOST_ORIGINS:
            raise Unacceptable(_("This playlist (HLS) leads to more than %d servers.") % MOST_ORIGINS)

    @staticmethod
    def _let_pages_read(readable: bool, host: str) -> None:
        if not readable:
            raise Unacceptable(_("The server %s lets no other site's pages read its films (CORS).") % host)


def _playable(variant: Variant) -> bool:
    """Unless it says that its pictures are of a kind that they play nowhere, or that there are none."""
    return not variant.codecs or any(codec.partition(".")[0].lower() in _VIDEO for codec in variant.codecs)


def _codecs(variant: Variant) -> tuple[str, str | None]:
    if not variant.codecs:
        return _UNKNOWN, None
    kinds = [codec.partition(".")[0].lower() for codec in variant.codecs]
    named: dict[Literal["video", "audio"], str | None] = {
        "video": next((_VIDEO[kind] for kind in kinds if kind in _VIDEO), None),
        "audio": next((_AUDIO[kind] for kind in kinds if kind in _AUDIO), None),
    }
    return named["video"] or _UNKNOWN, named["audio"]


def _facts(best: Variant, duration: float) -> Facts:
    video, audio = _codecs(best)
    width, height = min(best.width, MAX_SIDE), min(best.height, MAX_SIDE)
    shown = Video(codec=video, width=width, height=height, pixel_format="", coded_width=width, coded_height=height)
    return Facts(duration=duration, video=shown, audio=audio, streams=1 if audio is None else 2)


def _begins_as_film(data: bytes) -> bool:
    if data[4:8] in _BOXES:
        return True
    return len(data) > _TS_PACKET and data[0] == _TS and data[_TS_PACKET] == _TS
