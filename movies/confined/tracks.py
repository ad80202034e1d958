"""``python -m movies.confined.tracks LIMITS PATH FOLDER``: the text subtitles that lie in a movie, as WebVTT files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Stream
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import AssSubtitle

from movies.captions.cues import MAX_BYTES, MAX_CUE_CHARACTERS, MAX_CUES, Unreadable, webvtt
from movies.captions.reading import read_packets
from movies.confined.answers import Track, Tracks
from movies.confined.child import main, opened, text_streams

MAX_TRACKS = 32
# Styles of a line take more room than its words.
MAX_LINE_BYTES = 8 * MAX_CUE_CHARACTERS

Packets = list[tuple[int, int, str]]


def tracks(path: str, folder: str) -> Tracks:
    found: list[Track] = []
    with opened(path) as container:
        streams = text_streams(container)[:MAX_TRACKS]
        packets = _packets(container, streams)
        for stream in streams:
            header = (stream.codec_context.subtitle_header or b"").decode(errors="replace")
            name = f"{stream.index}.vtt"
            try:
                text = webvtt(read_packets(header, packets[stream.index])).encode()
            except Unreadable:
                text = b""
            # An empty track, or one with more than anybody reads: the movie is good without it.
            if not 0 < len(text) <= MAX_BYTES:
                continue
            Path(folder, name).write_bytes(text)
            language, title = stream.metadata.get("language", ""), stream.metadata.get("title", "")
            found.append(Track(file=name, language=language[:100], title=title[:100]))
    return Tracks(tracks=found)


def _packets(container: InputContainer, streams: list[SubtitleStream]) -> dict[int, Packets]:
    """The lines of each stream by its index, read in one go: they lie among the pictures."""
    by_index = {stream.index: stream for stream in streams}
    found: dict[int, Packets] = {index: [] for index in by_index}
    if not streams:
        return found
    try:
        for packet in container.demux(streams):
            lines = found[packet.stream.index]
            if packet.pts is not None and len(lines) <= MAX_CUES:
                start = round(packet.pts * packet.time_base * 1000)
                length = round((packet.duration or 0) * packet.time_base * 1000)
                lines.extend((start, start + length, line) for line in _lines(by_index[packet.stream.index], packet))
    except av.FFmpegError:
        # A damaged end: what came before it is good.
        return found
    return found


def _lines(stream: SubtitleStream, packet: av.Packet[Stream]) -> Iterator[str]:
    try:
        rects = stream.decode(packet)
    except av.FFmpegError:
        return
    for rect in rects:
        if isinstance(rect, AssSubtitle) and len(rect.ass) <= MAX_LINE_BYTES:
            yield rect.ass.decode(errors="replace")


if __name__ == "__main__":
    main(tracks)
