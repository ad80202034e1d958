"""How large a video is shown, and which way up."""

import av


def square_width(stream: av.VideoStream) -> int:
    """The width in square pixels, before any turning."""
    codec = stream.codec_context
    aspect = stream.sample_aspect_ratio or codec.sample_aspect_ratio
    return round(codec.width * float(aspect)) if aspect else codec.width


def turned(frame: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    """The frame scaled to ``width`` × ``height``, then turned upright as its rotation says."""
    graph = av.filter.Graph()
    turns = {90: ["transpose=cclock"], -90: ["transpose=clock"], 180: ["hflip", "vflip"], -180: ["hflip", "vflip"]}
    steps = [
        graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base),
        graph.add("scale", f"{width}:{height}"),
        *(graph.add(*turn.split("=")) for turn in turns.get(frame.rotation, ())),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*steps).configure()
    graph.vpush(frame)
    return graph.vpull()
