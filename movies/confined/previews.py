"""``python -m movies.confined.previews LIMITS PATH OUT DURATION``: pictures for the seek bar, as one sheet in JPEG.

Key frames only, each decoded by itself: a film of two hours takes seconds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import av
from av.container import InputContainer

from movies.confined.answers import Sheet
from movies.confined.child import Refuse, main, opened, picture_stream
from movies.confined.shape import square_width, upright

MOST = 100
COLUMNS = 10
LONGEST_SIDE = 160
# No more than one a second: what lies closer together can't be told apart on the bar.
CLOSEST_SECONDS = 1.0
# From where a place was looked for to the key frame there; some files have none for long.
PACKETS_READ = 2000


def previews(path: str, out: str, duration: str) -> Sheet:
    times: list[float] = []
    pictures: list[av.VideoFrame] = []
    size: tuple[int, int] | None = None
    with opened(path) as container:
        stream = picture_stream(container)
        for at, frame in _key_pictures(container, stream, float(duration)):
            # Of the first one, also where a later one should have another size: the sheet is a grid.
            size = size or _size(square_width(stream), frame)
            width, height = reversed(size) if frame.rotation % 180 else size
            graph = upright(frame, width, height, "format=yuvj420p", "setsar=1")
            graph.vpush(frame)
            pictures.append(graph.vpull())
            times.append(at)
    if size is None:
        raise Refuse("no_picture")
    columns = min(COLUMNS, len(pictures))
    _tiled(pictures, columns).save(out, qscale="5")
    return Sheet(width=size[0], height=size[1], columns=columns, times=times)


def _key_pictures(
    container: InputContainer, stream: av.VideoStream, duration: float
) -> Iterator[tuple[float, av.VideoFrame]]:
    """Each with its time in seconds, rising; fewer than asked for where the film has few."""
    count = max(1, min(MOST, int(duration / CLOSEST_SECONDS)))
    last = -1.0
    for place in range(count):
        # A damaged spot isn't the end: the bar does without its picture.
        with contextlib.suppress(av.FFmpegError):
            container.seek(int(duration * place / count * av.time_base), backward=True)
            packet = _key_packet(container, stream)
            if packet is None or packet.pts is None:
                continue
            at = max(0.0, round(float(packet.pts * packet.time_base), 3))
            if at <= last:
                continue
            # Decoders hold frames back for those that may come before them; at the end they give them out.
            for frame in [*stream.decode(packet), *stream.decode(None)][:1]:
                last = at
                yield at, frame


def _key_packet(container: InputContainer, stream: av.VideoStream) -> av.Packet[av.VideoStream] | None:
    for count, packet in enumerate(container.demux(stream)):
        if packet.is_keyframe and packet.size:
            return packet
        if count >= PACKETS_READ:
            break
    return None


def _size(wide: int, frame: av.VideoFrame) -> tuple[int, int]:
    """As shown, upright; even, as JPEG's colours want it."""
    high = frame.height
    if frame.rotation % 180:
        wide, high = high, wide
    scale = min(1.0, LONGEST_SIDE / max(wide, high))
    return max(2, round(wide * scale / 2) * 2), max(2, round(high * scale / 2) * 2)


def _tiled(pictures: list[av.VideoFrame], columns: int) -> av.VideoFrame:
    first, rows = pictures[0], -(-len(pictures) // columns)
    graph = av.filter.Graph()
    source = graph.add_buffer(width=first.width, height=first.height, format=first.format, time_base=first.time_base)
    tile = graph.add("tile", f"layout={columns}x{rows}:nb_frames={len(pictures)}:color=black")
    graph.link_nodes(source, tile, graph.add("buffersink")).configure()
    for number, picture in enumerate(pictures):
        picture.pts = number
        graph.vpush(picture)
    return graph.vpull()


if __name__ == "__main__":
    main(previews)
