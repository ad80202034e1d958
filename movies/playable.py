"""Can browsers play it, or what has to be done to it first? Pure: from the facts of a probe to a decision."""

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from movies.confined.answers import MAX_SIDE, Facts
from movies.containers import AviLayout, Layout, Mp4Layout

Container = Literal["mp4", "webm", "hls"]
"""The last is a playlist of a film's parts, which only ever lies elsewhere."""
PLAYLIST = "application/vnd.apple.mpegurl"

# What Chromium, Firefox and Safari of today play in each container. HEVC, AC-3 and DTS play in few of them.
VIDEO_IN_MP4 = frozenset({"h264", "vp9", "av1"})
AUDIO_IN_MP4 = frozenset({"aac", "mp3", "opus", "flac"})
VIDEO_IN_WEBM = frozenset({"vp8", "vp9", "av1"})
AUDIO_IN_WEBM = frozenset({"vorbis", "opus"})
# H.264 with more bits or less colour subsampling exists, but browsers show it green, or not at all.
PIXELS_OF_H264 = frozenset({"yuv420p", "yuvj420p"})

MAX_DURATION = 24 * 3600.0
# FFmpeg's name of a decoder → the codec's own, for those that are taken as they are.
_CODEC_NAMES = {
    "libdav1d": "av1",
    "libvpx": "vp8",
    "libvpx-vp9": "vp9",
    "libopus": "opus",
    "libvorbis": "vorbis",
    "mp3float": "mp3",
}


class Unplayable(Exception):
    """Says to the uploader why, and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``container``: what the movie will be served in. ``repack``: whether its file has to be written anew.

    ``video``, ``audio``: the codecs that it will have. ``encode_video``, ``encode_audio``: whether they are new.
    """

    container: Container
    repack: bool
    video: str
    audio: str | None
    encode_video: bool = False
    encode_audio: bool = False

    @property
    def encode(self) -> bool:
        return self.encode_video or self.encode_audio

    @property
    def content_type(self) -> str:
        return PLAYLIST if self.container == "hls" else f"video/{self.container}"

    @property
    def codecs(self) -> dict[str, str | None]:
        return {"container": self.container, "video": self.video, "audio": self.audio}


def plan(facts: Facts, layout: Layout) -> Plan:
    """What to do with a file. Raises Unplayable."""
    if layout.truncated:
        raise Unplayable(_("The file is cut off: a part of it is missing. Upload it again, whole."))
    _check_size_and_length(facts)
    video = _CODEC_NAMES.get(facts.video.codec, facts.video.codec)
    audio = facts.audio and _CODEC_NAMES.get(facts.audio, facts.audio)
    if isinstance(layout, AviLayout):
        # Its pictures have no times of their own, which other containers want: all is made anew.
        return Plan("mp4", True, "h264", audio and "aac", encode_video=True, encode_audio=bool(audio))
    shown = video != "h264" or facts.video.pixel_format in PIXELS_OF_H264
    container = _container_for(video, audio, prefer="mp4" if isinstance(layout, Mp4Layout) else "webm")
    if container is None or not shown:
        return _encoded(video if shown else None, audio)
    if isinstance(layout, Mp4Layout):
        as_it_is = container == "mp4" and layout.faststart and not layout.fragmented and layout.brand != "qt"
    else:
        as_it_is = container == "webm" and layout.doctype == "webm" and facts.duration is not None
    return Plan(container=container, repack=not as_it_is, video=video, audio=audio)


def _encoded(video: str | None, audio: str | None) -> Plan:
    """Keep what can be kept: pictures above all, which take long and lose by it."""
    if video in VIDEO_IN_MP4:
        return Plan("mp4", True, video, "aac", encode_audio=True)
    if video in VIDEO_IN_WEBM:
        return Plan("webm", True, video, "opus", encode_audio=True)
    keeps_audio = audio is None or audio in AUDIO_IN_MP4
    return Plan("mp4", True, "h264", audio if keeps_audio else "aac", encode_video=True, encode_audio=not keeps_audio)


def check_duration(duration: float | None) -> float:
    """The duration in seconds of a file that is about to be served. Raises Unplayable."""
    if duration is None or not duration > 0:
        raise Unplayable(_("This file does not say how long it is, and it could not be found out."))
    _check_length(duration)
    return duration


def _check_size_and_length(facts: Facts) -> None:
    video = facts.video
    if not (video.coded_width > 0 and video.coded_height > 0 and video.width > 0 and video.height > 0):
        raise Unplayable(_("This file's video has no picture size; it seems to be damaged."))
    largest = max(video.coded_width, video.coded_height, video.width, video.height)
    if largest > MAX_SIDE:
        raise Unplayable(
            _("The picture is %(width)d × %(height)d pixels; at most %(most)d a side can be played.")
            % {
                "width": max(video.width, video.coded_width),
                "height": max(video.height, video.coded_height),
                "most": MAX_SIDE,
            }
        )
    if facts.duration is not None:
        _check_length(facts.duration)


def _check_length(duration: float) -> None:
    if not 0 <= duration <= MAX_DURATION:
        raise Unplayable(_("The file says that it is longer than 24 hours. It seems to be damaged."))


def _container_for(video: str, audio: str | None, *, prefer: Container) -> Container | None:
    fits: dict[Container, bool] = {
        "mp4": video in VIDEO_IN_MP4 and (audio is None or audio in AUDIO_IN_MP4),
        "webm": video in VIDEO_IN_WEBM and (audio is None or audio in AUDIO_IN_WEBM),
    }
    return next((container for container in (prefer, *fits) if fits[container]), None)
