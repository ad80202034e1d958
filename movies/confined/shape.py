"""How large a video is shown, and which way up."""

from fractions import Fraction
from itertools import islice

import av
from av.container import InputContainer

from movies.confined.child import decoded

PACKETS_TRIED = 250
_TURNS = {90: ["transpose=cclock"], -90: ["transpose=clock"], 180: ["hflip", "vflip"], -180: ["hflip", "vflip"]}


def square_width(stream: av.VideoStream) -> int:
    """The width in square pixels, before any turning."""
    codec = stream.codec_context
    aspect = stream.sample_aspect_ratio or codec.sample_aspect_ratio
    return round(codec.width * float(aspect)) if aspect else codec.width


def rotation(container: InputContainer, stream: av.VideoStream) -> int:
    """Degrees by which players turn the picture. Only a decoded one tells; the first ones may be damaged."""
    for packet in islice(container.demux(stream), PACKETS_TRIED):
        for frame in decoded(packet):
            assert isinstance(frame, av.VideoFrame)
            return frame.rotation
    return 0


def turned(frame: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    """The frame scaled to ``width`` × ``height``, then turned upright as its rotation says."""
    graph = upright(frame, width, height)
    graph.vpush(frame)
    return graph.vpull()


def upright(frame: av.VideoFrame, width: int, height: int, *last: str) -> av.filter.Graph:
    """What does that to frames of this one's kind, with ``last``, as ``filter=arguments``, at its end."""
    graph = av.filter.Graph()
    time_base = frame.time_base or Fraction(1, av.time_base)
    steps = [
        graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=time_base),
        graph.add("scale", f"{width}:{height}"),
        *(graph.add(*step.split("=", 1)) for step in (*_TURNS.get(frame.rotation, ()), *last)),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*steps).configure()
    return graph
