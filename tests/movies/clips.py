"""Small movies, and files that pretend to be some, made when the tests run."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.container import OutputContainer

RATE = 10
SAMPLE_RATE = 48000


def clip(
    path: Path,
    *,
    container: str = "mp4",
    video: str | None = "libx264",
    audio: str | None = "aac",
    seconds: float = 2,
    size: tuple[int, int] = (320, 180),
    pixels: str = "yuv420p",
    rotation: int = 0,
    gap: int = 1,
    missing: int = 0,
    layout: str = "mono",
    **options: str,
) -> Path:
    """A movie of a moving gradient with a tone. ``gap`` stretches the time between pictures.

    Of every ``missing`` pictures one is left out.
    """
    with av.open(str(path), "w", format=container, options=options) as out:
        pictures = _picture_stream(out, video, size, pixels, rotation) if video else None
        sound = cast(av.AudioStream, out.add_stream(audio, rate=SAMPLE_RATE, layout=layout)) if audio else None
        if pictures:
            for index in range(int(seconds * RATE)):
                if missing and index % missing == 1:
                    continue
                frame = gradient(*size, shift=index * 8).reformat(format=pixels)
                frame.pts, frame.time_base = index * gap, Fraction(1, RATE)
                out.mux(pictures.encode(frame))
            out.mux(pictures.encode(None))
        if sound:
            for piece in _tone(seconds, sound.codec_context):
                out.mux(sound.encode(piece))
            out.mux(sound.encode(None))
    return path


def _picture_stream(
    out: OutputContainer, codec: str, size: tuple[int, int], pixels: str, rotation: int
) -> av.VideoStream:
    stream = cast(av.VideoStream, out.add_stream(codec, rate=RATE))
    context = stream.codec_context
    context.width, context.height = size
    context.pix_fmt = pixels
    context.time_base = Fraction(1, RATE)
    if codec.startswith("libx"):
        context.options = {"preset": "ultrafast"}
    if rotation:
        stream.set_display_rotation(rotation)
    return stream


def _tone(seconds: float, codec: av.AudioCodecContext) -> list[av.AudioFrame]:
    samples = int(seconds * SAMPLE_RATE)
    frame = av.AudioFrame(format="flt", layout="mono", samples=samples)
    frame.planes[0].update(array("f", (0.2 * math.sin(i / 20) for i in range(samples))).tobytes())
    frame.sample_rate, frame.pts = SAMPLE_RATE, 0
    return av.AudioResampler(format=codec.format, layout=codec.layout, rate=SAMPLE_RATE).resample(frame)


def gradient(width: int, height: int, shift: int = 0) -> av.VideoFrame:
    """Dark above, light below, so that which way is up can be told."""
    shades = (min(255, y * 200 // height + shift % 50) for y in range(height))
    rows = b"".join(bytes((shade, shade, shade, 255)) * width for shade in shades)
    return av.VideoFrame.from_bytes(rows, width, height, format="rgba")


def box(kind: bytes, content: bytes = b"") -> bytes:
    return (len(content) + 8).to_bytes(4) + kind + content


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    """``(kind, content)`` of the boxes that lie one after another in ``data``."""
    found, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + length]))
        at += length
    return found


def with_tracks(source: Path, path: Path, times: int) -> Path:
    """The MP4 ``source`` with each of its tracks ``times`` over; none for 0."""
    whole = b""
    for kind, content in boxes(source.read_bytes()):
        if kind == b"moov":
            content = b"".join(box(inner, held) * (times if inner == b"trak" else 1) for inner, held in boxes(content))
        whole += box(kind, content)
    path.write_bytes(whole)
    return path
