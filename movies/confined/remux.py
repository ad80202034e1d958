"""``python -m movies.confined.remux LIMITS PATH OUT mp4|webm POSTER``: what it holds, in another container.

MP4 gets its index at the front, so that playing starts before the end has arrived. Only the streams that are watched
are taken along: pictures and the first sound track. Then the new file is looked into, and its poster made.
"""

import av
from av.container import InputContainer, OutputContainer

from movies.confined.answers import Facts
from movies.confined.child import main, opened, picture_stream, written
from movies.confined.poster import shown

OPTIONS = {"mp4": {"movflags": "+faststart"}, "webm": {"cues_to_front": "1"}}


def remux(path: str, out: str, container_format: str, poster: str) -> Facts:
    options = OPTIONS[container_format]
    with opened(path) as source, written(), av.open(out, "w", format=container_format, options=options) as target:
        _copy(source, target)
    return shown(out, poster)


def _copy(source: InputContainer, target: OutputContainer) -> None:
    taken = [picture_stream(source), *source.streams.audio[:1]]
    copies = {stream.index: target.add_stream_from_template(stream) for stream in taken}
    for packet in source.demux(taken):
        # FFmpeg ends each stream with an empty packet.
        if packet.dts is None and packet.pts is None:
            continue
        packet.stream = copies[packet.stream.index]
        target.mux(packet)


if __name__ == "__main__":
    main(remux)
