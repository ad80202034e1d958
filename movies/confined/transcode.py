"""``python -m movies.confined.transcode LIMITS PATH OUT mp4|webm PICTURES SOUND SECONDS THREADS POSTER``

Makes what browsers play of any movie.

PICTURES is ``copy`` or ``encode``, SOUND too. SECONDS is how long the movie is (0: not known), from which the progress
is told. MP4 gets H.264 and AAC, and its index at the front; WebM gets its pictures as they are, and Opus. Then
the new file is looked into, and its poster made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, TypeAlias

import av
from av.container import InputContainer, OutputContainer

from movies.confined.answers import Facts
from movies.confined.child import Refuse, decoded, main, opened, picture_stream, tell, written
from movies.confined.picture import Pictures, decode_beside
from movies.confined.poster import shown
from movies.confined.remux import OPTIONS
from movies.confined.shape import rotation
from movies.confined.sound import Coding, Sound

CODINGS: dict[str, Coding] = {"mp4": "aac", "webm": "libopus"}
Packets: TypeAlias = "Callable[[av.Packet[Any]], Iterator[av.Packet[Any]]]"


def transcode(
    path: str, out: str, container_format: str, pictures: str, sound: str, seconds: str, threads: str, poster: str
) -> Facts:
    with opened(path) as source:
        job = _Job(source, turned=_turned(path), seconds=float(seconds), threads=int(threads))
        with written(), av.open(out, "w", format=container_format, options=OPTIONS[container_format]) as target:
            job.run(target, encode_pictures=pictures == "encode", sound=sound, coding=CODINGS[container_format])
    return shown(out, poster)


def _turned(path: str) -> bool:
    """By a quarter. In an opening of its own: none goes back exactly."""
    with opened(path) as source:
        return bool(rotation(source, picture_stream(source)) % 180)


class _Job:
    def __init__(self, source: InputContainer, *, turned: bool, seconds: float, threads: int) -> None:
        self._source, self._turned, self._seconds, self._threads = source, turned, seconds, threads
        # What both tracks count from, so that they stay together.
        self._start = Fraction(source.start_time or 0, av.time_base)
        self._decoded = 0

    def run(self, target: OutputContainer, *, encode_pictures: bool, sound: str, coding: Coding) -> None:
        video = picture_stream(self._source)
        audio = next(iter(self._source.streams.audio), None)
        made: dict[int, Packets] = {}
        made[video.index] = self._pictures(video, target) if encode_pictures else self._copied(video, target)
        if audio is not None:
            made[audio.index] = self._copied(audio, target) if sound == "copy" else self._sound(audio, target, coding)
        for packet in self._source.demux([stream for stream in (video, audio) if stream is not None]):
            for done in made[packet.stream.index](packet):
                target.mux(done)
            self._tell(packet)
        if encode_pictures and not self._decoded:
            raise Refuse("no_picture")

    def _pictures(self, video: av.VideoStream, target: OutputContainer) -> Packets:
        decode_beside(video, self._threads)
        pictures = Pictures(video, target, turned=self._turned, start=self._start, threads=self._threads)

        def packets(packet: av.Packet[Any]) -> Iterator[av.Packet[Any]]:
            for frame in decoded(packet):
                assert isinstance(frame, av.VideoFrame)
                self._decoded += 1
                yield from pictures.packets(frame)
            if _is_last(packet):
                yield from pictures.packets(None)

        return packets

    def _sound(self, audio: av.AudioStream, target: OutputContainer, coding: Coding) -> Packets:
        sound = Sound(audio, target, coding=coding, start=self._start)

        def packets(packet: av.Packet[Any]) -> Iterator[av.Packet[Any]]:
            for frame in decoded(packet):
                assert isinstance(frame, av.AudioFrame)
                yield from sound.packets(frame)
            if _is_last(packet):
                yield from sound.packets(None)

        return packets

    def _copied(self, stream: av.VideoStream | av.AudioStream, target: OutputContainer) -> Packets:
        copy = target.add_stream_from_template(stream)

        def packets(packet: av.Packet[Any]) -> Iterator[av.Packet[Any]]:
            if _is_last(packet):
                return
            shift = round(self._start / packet.time_base) if packet.time_base else 0
            packet.pts = packet.pts if packet.pts is None else packet.pts - shift
            packet.dts = packet.dts if packet.dts is None else packet.dts - shift
            packet.stream = copy
            yield packet

        return packets

    def _tell(self, packet: av.Packet[Any]) -> None:
        if self._seconds and packet.dts is not None and packet.time_base is not None:
            tell(float(packet.dts * packet.time_base - self._start) / self._seconds)


def _is_last(packet: av.Packet[Any]) -> bool:
    """FFmpeg ends each stream with an empty packet."""
    return packet.dts is None and packet.pts is None and packet.size == 0


if __name__ == "__main__":
    main(transcode)
