"""``python -m movies.confined.still LIMITS PATH OUT``: a picture that somebody sent, made anew as JPEG.

What it was beside a picture (a place, a camera's name, a script) stays behind.
"""

from pathlib import Path

import av

from movies.confined.answers import MAX_SIDE, Made
from movies.confined.child import Refuse, main
from movies.confined.shape import upright

WIDTH = 640
HEIGHT = 960
# One picture, from the disk: the other readers of FFmpeg name files and addresses, or run for minutes.
OPEN_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": "jpeg_pipe,png_pipe,webp_pipe"}


def still(path: str, out: str) -> Made:
    try:
        with av.open(f"file:{Path(path).resolve()}", options=OPEN_OPTIONS, metadata_errors="replace") as container:
            stream = container.streams.video[0]
            if max(stream.codec_context.width, stream.codec_context.height) > MAX_SIDE:
                raise Refuse("too_large", f"{stream.codec_context.width} × {stream.codec_context.height}")
            stream.codec_context.thread_count = 1
            frame = next(container.decode(stream))
    except MemoryError:
        raise  # ours is too small; that says nothing about the picture
    except (av.FFmpegError, UnicodeDecodeError, IndexError, StopIteration) as error:
        raise Refuse("no_picture", error) from None
    _shrunk(frame).save(out, qscale="4")
    return Made(size=Path(out).stat().st_size)


def _shrunk(frame: av.VideoFrame) -> av.VideoFrame:
    """No larger than a poster is shown, upright; even, as JPEG's colours want it."""
    wide, high = (frame.height, frame.width) if frame.rotation % 180 else (frame.width, frame.height)
    scale = min(1.0, WIDTH / wide, HEIGHT / high)
    width, height = max(2, round(frame.width * scale / 2) * 2), max(2, round(frame.height * scale / 2) * 2)
    graph = upright(frame, width, height, "format=yuvj420p")
    graph.vpush(frame)
    return graph.vpull()


if __name__ == "__main__":
    main(still)
