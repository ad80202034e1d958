"""Films in parts, with their playlist, on a server that lets any page fetch them."""

from pathlib import Path

from tests.movies.clips import clip
from tests.movies.elsewhere import Elsewhere, answer

OPEN = {"Access-Control-Allow-Origin": "*"}


def parts(folder: Path, *, seconds: int = 2) -> dict[str, bytes]:
    """``/film.m3u8`` and what it names, by path: H.264 and AAC in MPEG-TS."""
    folder.mkdir()
    clip(folder / "film.m3u8", container="hls", seconds=seconds, hls_time="1", hls_playlist_type="vod")
    return {f"/{path.name}": path.read_bytes() for path in folder.iterdir()}


def offered(elsewhere: Elsewhere, files: dict[str, bytes], headers: dict[str, str] | None = None) -> None:
    """Whole, as servers of playlists do, whatever range was asked for."""
    for path, content in files.items():
        elsewhere.answers[path] = lambda request, content=content: answer(  # type: ignore[misc]
            request, 200, content, **(OPEN if headers is None else headers)
        )


def playlist(*lines: str) -> bytes:
    return "\n".join(("#EXTM3U", *lines, "")).encode()


def media(*urls: str) -> bytes:
    """The playlist of a film that has these parts."""
    return playlist(*(line for url in urls for line in ("#EXTINF:4,", url)), "#EXT-X-ENDLIST")
