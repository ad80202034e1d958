"""Films of the tests' own making, so that nothing has to be committed or fetched: H.264 and AAC in MP4."""

import math
from array import array
from fractions import Fraction
from pathlib import Path

import av
from av import AudioFrame, VideoFrame

WIDTH, HEIGHT, FPS, AUDIO_RATE = 320, 180, 30, 44_100


def make_clip(path: Path, *, seconds: int = 5, faststart: bool = True) -> Path:
    """A bar that moves and a tone; a key frame every two seconds."""
    options = {"movflags": "+faststart"} if faststart else {}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        coding = {"preset": "ultrafast", "crf": "30", "g": str(2 * FPS)}
        video = container.add_stream("libx264", rate=FPS, options=coding)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=AUDIO_RATE, layout="mono")
        for number in range(seconds * FPS):
            container.mux(video.encode(_picture(number)))
        for start in range(0, seconds * AUDIO_RATE, 1024):
            container.mux(audio.encode(_tone(start)))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


def _picture(number: int) -> VideoFrame:
    frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
    luma, *chroma = frame.planes
    bar = number * 4 % WIDTH
    row = bytearray(b"\x30" * luma.line_size)
    row[bar : bar + 16] = b"\xe0" * len(row[bar : bar + 16])
    luma.update(bytes(row) * luma.height)
    for plane in chroma:
        plane.update(b"\x80" * plane.buffer_size)
    frame.pts, frame.time_base = number, Fraction(1, FPS)
    return frame


def _tone(start: int) -> AudioFrame:
    samples = array("h", (int(6000 * math.sin(n * 440 * math.tau / AUDIO_RATE)) for n in range(start, start + 1024)))
    frame = AudioFrame(format="s16", layout="mono", samples=1024)
    frame.planes[0].update(samples.tobytes())
    frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, start, Fraction(1, AUDIO_RATE)
    return frame
