"""The playlists (HLS, RFC 8216) of a movie in several sizes. Pure: from rows to text.

Addresses are relative, and carry the token of whoever asked for the playlist: players send no headers with them.
"""

import math
from collections.abc import Sequence
from urllib.parse import urlencode

from movies.models import Rendition

# What names the parts by ranges of a file, with a head of its own (RFC 8216, 7).
_VERSION = 7


def master(renditions: Sequence[Rendition], token: str) -> str:
    """Of those that are made, the best first."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for one in sorted(renditions, key=lambda one: one.side, reverse=True):
        lines.append(f'#EXT-X-STREAM-INF:{_bandwidth(one)},RESOLUTION={one.width}x{one.height},CODECS="{one.codecs}"')
        lines.append(_with_token(f"{one.side}.m3u8", token))
    return "\n".join([*lines, ""])


def media(rendition: Rendition, token: str) -> str:
    """Of one size: its parts as ranges of its file."""
    file = _with_token(f"{rendition.side}.mp4", token)
    longest = math.ceil(max(seconds for seconds, _size in rendition.parts))
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{longest}",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f'#EXT-X-MAP:URI="{file}",BYTERANGE="{rendition.head}@0"',
    ]
    at = rendition.head
    for seconds, size in rendition.parts:
        lines += [f"#EXTINF:{seconds:.6f},", f"#EXT-X-BYTERANGE:{size}@{at}", file]
        at += size
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def _bandwidth(rendition: Rendition) -> str:
    """In bits a second: at most, and over all. Parts that are hardly a picture long say nothing of a line."""
    rates = [size * 8 / max(seconds, 1.0) for seconds, size in rendition.parts]
    length = sum(seconds for seconds, _size in rendition.parts)
    return (
        f"BANDWIDTH={math.ceil(max(rates))},AVERAGE-BANDWIDTH={math.ceil((rendition.size or 0) * 8 / max(length, 1.0))}"
    )


def _with_token(path: str, token: str) -> str:
    return f"{path}?{urlencode({'token': token})}"
