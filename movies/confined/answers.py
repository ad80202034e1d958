"""What passes between the server and the confined programs, as JSON. The child loads it: nothing of Django here."""

from typing import Literal

import msgspec

from movies.captions.cues import Fault

# Larger pictures are not even looked at: they take gigabytes to decode, and no browser plays them.
MAX_SIDE = 8192

Reason = (
    Literal["unreadable", "too_many_streams", "no_video", "no_picture", "not_copyable", "too_large", "no_space"] | Fault
)


class Limits(msgspec.Struct, frozen=True):
    """Bytes; ``cpu`` in seconds; ``files`` open at a time."""

    memory: int
    cpu: int
    file_size: int
    files: int


class Refusal(msgspec.Struct, frozen=True, tag=True):
    reason: Reason
    detail: str = ""


class Video(msgspec.Struct, frozen=True):
    """Sizes in pixels as shown: turned upright, with the pixels' aspect ratio applied."""

    codec: str
    width: int
    height: int
    pixel_format: str
    coded_width: int
    coded_height: int


class Facts(msgspec.Struct, frozen=True, tag=True):
    """What a file holds. ``duration`` in seconds, None when the file does not say. ``texts``: tracks of subtitles."""

    duration: float | None
    video: Video
    audio: str | None
    streams: int
    texts: int = 0


class Progress(msgspec.Struct, frozen=True, tag=True):
    """Said any number of times before the answer: which part, of 1, of the work is done."""

    done: float


class Made(msgspec.Struct, frozen=True, tag=True):
    """A file was written. Its size in bytes."""

    size: int


class Track(msgspec.Struct, frozen=True):
    """``file``: its name in the folder that was given. ``language`` and ``title`` in the movie's own words."""

    file: str
    language: str
    title: str


class Tracks(msgspec.Struct, frozen=True, tag=True):
    tracks: list[Track]


class Sheet(msgspec.Struct, frozen=True, tag=True):
    """One picture of many of ``width`` × ``height`` pixels, ``columns`` in a row, taken at ``times``, in seconds."""

    width: int
    height: int
    columns: int
    times: list[float]


class Rendered(msgspec.Struct, frozen=True, tag=True):
    """A movie in another size, in pixels, was written. ``codecs`` as RFC 6381 names them."""

    width: int
    height: int
    codecs: str
