"""``python -m movies.confined.poster LIMITS PATH OUT DURATION``: one telling picture of the movie, as JPEG."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer

from movies.confined.answers import Facts, Made
from movies.confined.child import Refuse, main, opened, picture_stream
from movies.confined.probe import probe
from movies.confined.shape import square_width, turned

WIDTH = 640
# Where to look, as parts of the duration: after the opening titles, then further on, then anywhere at all.
PLACES = (0.1, 0.3, 0.5, 0.0)
# Standard deviation of the brightness, of 255, from which on a picture isn't just black or a fade.
TELLING = 12.0
# From the key frame before the place to the place itself; a file with few key frames isn't decoded for minutes.
FRAMES_DECODED = 120


def poster(path: str, out: str, duration: str) -> Made:
    best: tuple[float, av.VideoFrame] | None = None
    with opened(path) as container:
        stream = picture_stream(container)
        for frame in _candidates(container, stream, float(duration)):
            contrast = _contrast(frame)
            if best is None or contrast > best[0]:
                best = contrast, frame
            if contrast >= TELLING:
                break
        if best is None:
            raise Refuse("no_picture")
        picture = best[1]
        turned(picture, *_poster_size(stream, picture)).save(out, qscale="4")
    return Made(size=Path(out).stat().st_size)


def shown(path: str, out: str) -> Facts:
    """What the file holds, and its poster in ``out`` if it says how long it is: for the program that made the file,
    as each start of a program takes a while."""
    facts = probe(path)
    if facts.duration is not None and facts.duration > 0:
        poster(path, out, str(facts.duration))
    return facts


def _candidates(container: InputContainer, stream: av.VideoStream, duration: float) -> Iterator[av.VideoFrame]:
    for place in PLACES:
        seconds = duration * place
        found = None
        # A damaged spot isn't the end: another place may do.
        with contextlib.suppress(av.FFmpegError):
            container.seek(int(seconds * av.time_base), backward=True)
            for count, frame in enumerate(container.decode(stream)):
                found = frame
                if count >= FRAMES_DECODED or frame.time is None or frame.time >= seconds:
                    break
        if found is not None:
            yield found


def _contrast(frame: av.VideoFrame) -> float:
    plane = frame.reformat(width=32, height=18, format="gray").planes[0]
    rows = bytes(plane)
    pixels = [value for y in range(18) for value in rows[y * plane.line_size : y * plane.line_size + 32]]
    mean = sum(pixels) / len(pixels)
    return float((sum((value - mean) ** 2 for value in pixels) / len(pixels)) ** 0.5)


def _poster_size(stream: av.VideoStream, frame: av.VideoFrame) -> tuple[int, int]:
    """Before turning, so that it is ``WIDTH`` wide after it; even, as JPEG's colours want it."""
    wide, high = square_width(stream), frame.height
    scale = min(1.0, WIDTH / (high if frame.rotation % 180 else wide))
    return max(2, round(wide * scale / 2) * 2), max(2, round(high * scale / 2) * 2)


if __name__ == "__main__":
    main(poster)
