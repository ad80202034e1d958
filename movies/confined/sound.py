"""Sound as every browser plays it: AAC in MP4, Opus in WebM; in stereo, or mono where it was."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal, cast

import av
from av.container import OutputContainer

Coding = Literal["aac", "libopus"]
RATE = 48_000
BIT_RATE = 160_000
# Gaps become silence and overlaps are cut, so that sound stays with its pictures. Many channels become two.
_EVEN = "async=1:min_hard_comp=0.1"


class Sound:
    """Decoded sound in, packets out."""

    def __init__(self, source: av.AudioStream, target: OutputContainer, *, coding: Coding, start: Fraction):
        """``start`` in seconds: what counts as 0."""
        self._layout = "mono" if source.codec_context.channels == 1 else "stereo"
        self._start = start
        self._graph: tuple[object, av.filter.Graph] | None = None
        self.stream = target.add_stream(coding, rate=RATE, layout=self._layout)
        self.stream.codec_context.bit_rate = BIT_RATE

    def packets(self, frame: av.AudioFrame | None) -> Iterator[av.Packet[Any]]:
        """None at the end."""
        if frame is None:
            yield from self._drained()
            yield from self.stream.encode(None)
            return
        kind = frame.format.name, frame.layout.name, frame.sample_rate
        if self._graph is None or self._graph[0] != kind:
            yield from self._drained()
            self._graph = kind, self._even(frame)
        if frame.pts is not None and frame.time_base is not None:
            frame.pts = round((frame.pts * frame.time_base - self._start) * frame.sample_rate)
            frame.time_base = Fraction(1, frame.sample_rate)
        self._graph[1].push(frame)
        yield from self._pulled(self._graph[1])

    def _drained(self) -> Iterator[av.Packet[Any]]:
        if self._graph is not None:
            self._graph[1].push(None)
            yield from self._pulled(self._graph[1])

    def _pulled(self, graph: av.filter.Graph) -> Iterator[av.Packet[Any]]:
        while True:
            try:
                frame = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            yield from self.stream.encode(cast(av.AudioFrame, frame))

    def _even(self, frame: av.AudioFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        steps = [
            graph.add_abuffer(
                format=frame.format.name,
                sample_rate=frame.sample_rate,
                layout=frame.layout.name,
                time_base=Fraction(1, frame.sample_rate),
            ),
            graph.add("aresample", f"{RATE}:{_EVEN}"),
            graph.add("aformat", f"sample_rates={RATE}:channel_layouts={self._layout}"),
            graph.add("abuffersink"),
        ]
        graph.link_nodes(*steps).configure()
        return graph
