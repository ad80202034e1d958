"""``python -m movies.confined.probe LIMITS PATH``: what is in this file?"""

import contextlib

import av
from av.container import InputContainer

from movies.confined.answers import MAX_SIDE, Facts, Video
from movies.confined.child import main, opened, picture_stream, text_streams
from movies.confined.shape import rotation, square_width


def probe(path: str) -> Facts:
    with opened(path) as container:
        stream = picture_stream(container)
        audio = next(iter(container.streams.audio), None)
        return Facts(
            duration=_duration(container),
            video=_video(container, stream),
            audio=audio.codec_context.name if audio is not None else None,
            streams=len(container.streams),
            texts=len(text_streams(container)),
        )


def _duration(container: InputContainer) -> float | None:
    """In seconds: the container's own word, which covers its longest stream."""
    return container.duration / av.time_base if container.duration else None


def _video(container: InputContainer, stream: av.VideoStream) -> Video:
    codec = stream.codec_context
    width, height = square_width(stream), codec.height
    if _rotation(container, stream) % 180:
        width, height = height, width
    return Video(
        codec=codec.name,
        width=width,
        height=height,
        pixel_format=codec.pix_fmt or "",
        coded_width=codec.width,
        coded_height=codec.height,
    )


def _rotation(container: InputContainer, stream: av.VideoStream) -> int:
    codec = stream.codec_context
    if max(codec.width, codec.height) <= MAX_SIDE:
        with contextlib.suppress(av.FFmpegError):
            return rotation(container, stream)
    return 0


if __name__ == "__main__":
    main(probe)
