"""``python -m movies.confined.rendition LIMITS PATH FOLDER SIDE SECONDS THREADS``: a movie in a smaller size, in parts.

``film.mp4`` in the folder is all parts in one file (CMAF: each can be decoded by itself), ``film.m3u8`` says where they
lie in it. SIDE is the shorter one in pixels, SECONDS how long the movie is, from which the progress is told. Key frames
depend on times alone, so that the parts of all sizes begin at the same ones.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.video.frame import PictureType

from movies.confined.answers import Rendered
from movies.confined.child import Refuse, decoded, main, opened, picture_stream, tell, written
from movies.confined.picture import CLOCK, Pictures, decode_beside
from movies.confined.shape import rotation
from movies.confined.sound import Sound

PART_SECONDS = 4
# By the shorter side: what such pictures need for people not to see it.
_BITS_OF_1080 = 5_000_000
_OPTIONS = {
    "hls_time": str(PART_SECONDS),
    "hls_playlist_type": "vod",
    "hls_segment_type": "fmp4",
    "hls_flags": "single_file",
}


class _Smaller(Pictures):
    def __init__(self, source: av.VideoStream, target: OutputContainer, *, side: int, **others: Any) -> None:
        super().__init__(source, target, **others)
        width, height = self._size
        scale = min(1.0, side / min(width, height))
        self._size = round(width * scale / 2) * 2, round(height * scale / 2) * 2
        self._part = -1
        bits = round(_BITS_OF_1080 * (side / 1080) ** 1.5)
        codec = self.stream.codec_context
        codec.width, codec.height = self._size
        # Only where it is told to; this is but a bound.
        codec.gop_size = round(self._rate * PART_SECONDS * 2)
        codec.options |= {"maxrate": str(bits), "bufsize": str(2 * bits), "sc_threshold": "0", "forced-idr": "1"}

    def _kind(self, at: int) -> PictureType:
        part = int(at * CLOCK / PART_SECONDS)
        if part == self._part:
            return PictureType.NONE
        self._part = part
        return PictureType.I


def rendition(path: str, folder: str, side: str, seconds: str, threads: str) -> Rendered:
    with opened(path) as source:
        turned = bool(rotation(source, picture_stream(source)) % 180)
    options = _OPTIONS | {"hls_segment_filename": f"{folder}/film.mp4"}
    with (
        opened(path) as source,
        written(),
        av.open(f"{folder}/film.m3u8", "w", format="hls", options=options) as target,
    ):
        start = Fraction(source.start_time or 0, av.time_base)
        video, audio = picture_stream(source), next(iter(source.streams.audio), None)
        decode_beside(video, int(threads))
        pictures = _Smaller(video, target, side=int(side), turned=turned, start=start, threads=int(threads))
        makers: dict[int, Any] = {video.index: pictures}
        if audio is not None:
            makers[audio.index] = Sound(audio, target, coding="aac", start=start)
        seen = False
        for packet in source.demux([stream for stream in (video, audio) if stream is not None]):
            frames = decoded(packet)
            seen = seen or (packet.stream.index == video.index and bool(frames))
            # FFmpeg ends each stream with an empty packet.
            last = [None] if packet.dts is None and packet.pts is None and packet.size == 0 else []
            for frame in [*frames, *last]:
                for made in makers[packet.stream.index].packets(frame):
                    target.mux(made)
            if float(seconds) and packet.dts is not None and packet.time_base is not None:
                tell(float(packet.dts * packet.time_base - start) / float(seconds))
        if not seen:
            raise Refuse("no_picture")
        width, height = pictures.stream.codec_context.width, pictures.stream.codec_context.height
    return Rendered(width=width, height=height, codecs=_codecs(Path(folder, "film.mp4"), sound=audio is not None))


def _codecs(path: Path, *, sound: bool) -> str:
    """As RFC 6381 writes them: what H.264 that is stands in its configuration box."""
    with path.open("rb") as file:
        _head, box, rest = file.read(64 * 1024).partition(b"avcC")
    if not box:
        raise Refuse("not_copyable", "no avcC")
    return f"avc1.{rest[1:4].hex()}" + (",mp4a.40.2" if sound else "")


if __name__ == "__main__":
    main(rendition)
