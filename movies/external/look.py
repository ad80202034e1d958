"""What is the file at that URL, and can browsers play it from there? (Playlists are another matter: ``hls``.)

1. Take its first part; see that it is a movie by its first bytes, not only by what its server calls it.
2. Find the index: at the front, or at the end, to which the boxes lead. Take that too.
3. Lay what was taken into a local file, at the same places, with holes in between, and probe that file, confined. So
   FFmpeg opens no address, whatever the file says.
"""

import re
from dataclasses import replace
from time import monotonic
from typing import BinaryIO, cast

import msgspec
from django.utils.translation import gettext as _

from movies import confined, playable, storage
from movies.confined.answers import Facts
from movies.containers import HEAD_BYTES, Family, Mp4Layout, matroska_layout, mp4_layout, sniff
from movies.external import hls
from movies.external.addresses import Unacceptable
from movies.external.client import Budget, Resource, open_resource, read_range
from movies.external.found import Found

SECONDS = 60.0
PROBE_SECONDS = 60.0
REQUESTS = 24
MOST_TAKEN = 48 * 1024**2
HEAD = 2 * 1024**2
# Asked for at once where a few bytes are needed; and pictures behind the index, from which the probe tells their kind.
BLOCK = 64 * 1024
PICTURES = 1024**2
# What servers call movies, and files that they have no name for.
CONTENT_TYPES = frozenset(
    {"video/mp4", "video/webm", "video/x-m4v", "application/mp4", "application/octet-stream", "binary/octet-stream", ""}
)
_CLUSTER, _DURATION = b"\x1f\x43\xb6\x75", re.compile(rb"\x44\x89[\x84\x88]")


def look(url: str) -> Found:
    """Raises playable.Unplayable, confined.Refused, confined.Broken."""
    budget = Budget(until=monotonic() + SECONDS, requests=REQUESTS, bytes=MOST_TAKEN)
    if hls.names_playlist(url):
        return hls.look(url, budget)
    resource = open_resource(url, head=HEAD, budget=budget)
    if "mpegurl" in resource.content_type:
        return hls.look(url, budget)
    family = _family(resource)
    with storage.workshop() as folder:
        path = folder / "part"
        with path.open("wb+") as file:
            part = _Part(resource, file, budget)
            layout = _mp4(part) if family == "mp4" else matroska_layout(cast(BinaryIO, part), resource.size)
        facts = confined.run("probe", str(path), answer=Facts, seconds=PROBE_SECONDS)
    if family == "matroska" and not _DURATION.search(resource.head.partition(_CLUSTER)[0]):
        # The probe would guess, from the part that it has.
        facts = msgspec.structs.replace(facts, duration=None)
    # An index at the end is no hindrance for browsers where the server knows Range requests.
    plan = playable.plan(facts, replace(layout, faststart=True) if isinstance(layout, Mp4Layout) else layout)
    duration = playable.check_duration(facts.duration)
    if plan.repack:
        raise Unacceptable(_("Browsers can't play this file as it lies there: upload it, then it is packed for them."))
    return Found(plan=plan, facts=facts, duration=duration, size=resource.size, origins=resource.origins)


def _family(resource: Resource) -> Family:
    start = resource.head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"#extm3u"):
        raise Unacceptable(_("This is a playlist (HLS), but neither its address nor its server says so (.m3u8)."))
    if resource.content_type not in CONTENT_TYPES:
        raise Unacceptable(
            _("Its server calls this file %(type)s; expected video/mp4 or video/webm.")
            % {"type": resource.content_type[:80]}
        )
    family = sniff(resource.head[:HEAD_BYTES])
    if family is None:
        raise Unacceptable(_("What lies there is not a movie: expected MP4 or WebM."))
    return family


class _Part:
    """The file as far as it was taken, as something to seek and read in; what is missing is fetched."""

    def __init__(self, resource: Resource, file: BinaryIO, budget: Budget) -> None:
        self._resource = resource
        self._file = file
        self._budget = budget
        self._held = [(0, len(resource.head))]
        self._at = 0
        file.write(resource.head)

    @property
    def size(self) -> int:
        return self._resource.size

    def seek(self, at: int) -> None:
        self._at = at

    def read(self, count: int) -> bytes:
        self.take(self._at, count)
        self._file.seek(self._at)
        data = self._file.read(min(count, self.size - self._at))
        self._at += len(data)
        return data

    def take(self, first: int, count: int) -> None:
        """Have these bytes in the local file, as far as the whole one has them."""
        end = min(first + count, self.size)
        for start, stop in self._held:
            if start <= first < stop:
                first = min(stop, end)
        if first >= end:
            return
        data = read_range(self._resource, first, min(max(end - first, BLOCK), self.size - first), budget=self._budget)
        self._file.seek(first)
        self._file.write(data)
        self._held.append((first, first + len(data)))

    def stretch(self) -> None:
        """As long as the whole file, so that the places in its index lie inside."""
        self._file.truncate(self.size)


def _mp4(part: _Part) -> Mp4Layout:
    layout = mp4_layout(cast(BinaryIO, part), part.size)
    if layout.index is None or layout.fragmented:
        raise Unacceptable(_("This MP4 comes in fragments or without its index: upload it, then it is put in order."))
    first, end = layout.index
    part.take(first, end - first)
    part.take(end, PICTURES)
    part.stretch()
    return layout
