"""Small movies, and files that pretend to be some, made when the tests run."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction
from pathlib import Path

import av

RATE = 10
SAMPLE_RATE = 48000
SECRET = "a line that no movie holds"


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
    **options: str,
) -> Path:
    """A movie of a moving gradient with a tone. ``gap`` stretches the time between pictures."""
    with av.open(str(path), "w", format=container, options=options) as out:
        streams = []
        if video:
            pictures = out.add_stream(video, rate=RATE)
            pictures.width, pictures.height, pictures.pix_fmt = *size, pixels
            pictures.codec_context.time_base = Fraction(1, RATE)
            if video.startswith("libx"):
                pictures.codec_context.options = {"preset": "ultrafast"}
            if rotation:
                pictures.set_display_rotation(rotation)
            streams.append(pictures)
        if audio:
            sound = out.add_stream(audio, rate=SAMPLE_RATE, layout="mono")
        if video:
            for index in range(int(seconds * RATE)):
                frame = gradient(*size, shift=index * 8).reformat(format=pixels)
                frame.pts, frame.time_base = index * gap, Fraction(1, RATE)
                out.mux(pictures.encode(frame))
            out.mux(pictures.encode(None))
        if audio:
            samples = int(seconds * SAMPLE_RATE)
            tone = array("f", (0.2 * math.sin(i / 20) for i in range(samples)))
            frame = av.AudioFrame(format="flt", layout="mono", samples=samples)
            frame.planes[0].update(tone.tobytes())
            frame.sample_rate, frame.pts = SAMPLE_RATE, 0
            resampler = av.AudioResampler(format=sound.codec_context.format, layout="mono", rate=SAMPLE_RATE)
            for piece in resampler.resample(frame):
                out.mux(sound.encode(piece))
            out.mux(sound.encode(None))
    return path


def gradient(width: int, height: int, shift: int = 0) -> av.VideoFrame:
    """Dark above, light below, so that which way is up can be told."""
    rows = b"".join(bytes([min(255, (y * 200 // height) + shift % 50)]) * width for y in range(height))
    return av.VideoFrame.from_bytes(rows, width, height, format="gray")


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
