"""Movies that bring subtitles along, made when the tests run."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import av


def subtitled(film: Path, path: Path, tracks: Iterable[tuple[Path, str, str]]) -> Path:
    """``film`` as Matroska at ``path``, with ``(file, language, title)`` of SRT, WebVTT or ASS files as tracks."""
    with ExitStack() as stack:
        out = stack.enter_context(av.open(str(path), "w", format="matroska"))
        sources = [stack.enter_context(av.open(str(film)))]
        copies = {(0, stream.index): out.add_stream_from_template(stream) for stream in sources[0].streams}
        for number, (file, language, title) in enumerate(tracks, start=1):
            sources.append(stack.enter_context(av.open(str(file))))
            copy = copies[number, 0] = out.add_stream_from_template(sources[-1].streams.subtitles[0])
            copy.metadata.update(language=language, title=title)
        for number, source in enumerate(sources):
            for packet in source.demux():
                if packet.pts is not None:
                    packet.stream = copies[number, packet.stream.index]
                    out.mux(packet)
    return path
