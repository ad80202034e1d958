"""Moving pictures as every browser plays them: H.264 with 8 bits, 4:2:0 colours, square pixels, upright, Full HD."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.container import OutputContainer
from av.video.frame import PictureType

from movies.confined.shape import square_width, upright

LONG_SIDE, SHORT_SIDE = 1920, 1080
"""Larger pictures are made smaller: 4K would take a server hours and gigabytes, and few rooms' lines carry it."""
CLOCK = Fraction(1, 90_000)
"""The usual clock of video: no file's own, which may be absurd, and fine enough that none is rounded visibly."""
MOST_BITS = 8_000_000
# Of the pictures that are decoded at a time; one of 10 bits and 4:2:0 colours takes three bytes a pixel.
DECODED_BYTES = 256 * 1024**2
"""A second. It bounds what a job may write."""
_COMMON_RATE = Fraction(25)
_FASTEST = Fraction(120)
_KEY_SECONDS = 2


def decode_beside(video: av.VideoStream, threads: int) -> None:
    """Several pictures at a time, where the codec can (few have parts that can be decoded side by side), as far as
    there is memory for them."""
    codec = video.codec_context
    codec.thread_count = max(1, min(threads, DECODED_BYTES // max(1, codec.width * codec.height * 3)))
    codec.thread_type = "AUTO"


class Pictures:
    """Decoded frames in, packets of H.264 out. Times are kept as they are, however uneven."""

    def __init__(self, source: av.VideoStream, target: OutputContainer, *, turned: bool, start: Fraction, threads: int):
        """``turned`` by a quarter, ``start`` in seconds: what counts as 0."""
        rate = source.guessed_rate or source.average_rate or _COMMON_RATE
        self._rate = rate if 1 <= rate <= _FASTEST else _COMMON_RATE
        self._size = _fitting(square_width(source), source.codec_context.height, turned)
        self._start, self._last = start, -1
        self._graph: tuple[object, av.filter.Graph] | None = None
        self.stream = target.add_stream("libx264", rate=self._rate)
        codec = self.stream.codec_context
        codec.width, codec.height = self._size
        codec.pix_fmt = "yuv420p"
        codec.time_base = CLOCK
        codec.thread_count = threads
        # PyAV's own choice cuts each picture into slices, which is slower and looks worse at the same size.
        codec.thread_type = "FRAME"
        codec.gop_size = round(self._rate * _KEY_SECONDS)
        codec.options = {"preset": "veryfast", "crf": "22", "maxrate": str(MOST_BITS), "bufsize": str(2 * MOST_BITS)}

    def packets(self, frame: av.VideoFrame | None) -> Iterator[av.Packet[Any]]:
        """None at the end."""
        if frame is None:
            yield from self._encoded(None)
            return
        at = self._time(frame)
        if at is None:
            return
        shown = self._shaped(frame)
        shown.pict_type = self._kind(at)
        shown.pts, shown.time_base = at, CLOCK
        yield from self._encoded(shown)

    def _kind(self, at: int) -> PictureType:
        """Left to the encoder: what kind of picture it was is the other codec's affair."""
        return PictureType.NONE

    def _encoded(self, frame: av.VideoFrame | None) -> Iterator[av.Packet[Any]]:
        for packet in self.stream.encode(frame):
            # The last picture of a file is shown for as long as the others.
            packet.duration = packet.duration or round(1 / (self._rate * CLOCK))
            yield packet

    def _time(self, frame: av.VideoFrame) -> int | None:
        """In `CLOCK`; None for a picture that no time is left for: times must rise."""
        if frame.pts is None or frame.time_base is None:
            at = self._last + round(1 / (self._rate * CLOCK)) if self._last >= 0 else 0
        else:
            at = round((frame.pts * frame.time_base - self._start) / CLOCK)
        if at <= self._last:
            return None
        self._last = at
        return at

    def _shaped(self, frame: av.VideoFrame) -> av.VideoFrame:
        kind = frame.width, frame.height, frame.format.name, frame.rotation
        if self._graph is None or self._graph[0] != kind:
            width, height = reversed(self._size) if frame.rotation % 180 else self._size
            self._graph = kind, upright(frame, width, height, "scale=out_range=tv", "format=yuv420p")
        graph = self._graph[1]
        graph.vpush(frame)
        return graph.vpull()


def _fitting(width: int, height: int, turned: bool) -> tuple[int, int]:
    """Even, as 4:2:0 wants it, and no larger than Full HD, which may stand upright."""
    if turned:
        width, height = height, width
    scale = min(1.0, LONG_SIDE / max(width, height), SHORT_SIDE / min(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
