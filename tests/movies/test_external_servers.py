"""A movie that lies elsewhere: refused for what lies there, or for how its server answers."""

import socket
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from movies.external import client, look
from movies.models import Movie
from tests.movies.clips import clip
from tests.movies.elsewhere import Answer, Elsewhere, answer
from tests.waiting import PATIENCE

# --- What lies there


@pytest.mark.parametrize(
    ("content", "kind", "because"),
    [
        (b"#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1/secret\n", "video/mp4", "playlist"),
        (b"\xef\xbb\xbf \n#EXTM3U\n", "application/octet-stream", "playlist"),
        (b"#EXTM3U\n", "application/vnd.apple.mpegurl", "playlist"),
        (b"<!doctype html><script>", "video/mp4", "not a movie"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "video/mp4", "not a movie"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "video/mp4", "not a movie"),
        (b"", "text/html", "text/html"),
        (b"", "image/svg+xml", "image/svg"),
        (b"\0\0\0\x20ftypisom", "text/html; charset=utf-8", "text/html"),
        (b"\0\0\0\x20ftypisom" + bytes(5000), "video/mp4", "without its index"),
        (b"\0\0\0\x10ftypisom" + bytes(4) + b"\x7f\xff\xff\xffmoov" + bytes(99), "video/mp4", "no video"),
    ],
)
def test_what_is_no_film_is_refused(
    added: Callable[[str], Movie], elsewhere: Elsewhere, content: bytes, kind: str, because: str
) -> None:
    elsewhere.files["/film.mp4"] = content or b"x"
    elsewhere.headers = {"Content-Type": kind}
    movie = added(elsewhere.url())
    assert movie.status == "failed"
    assert because in movie.error
    assert len(elsewhere.asked) <= 2


def test_an_index_too_large_is_refused(
    added: Callable[[str], Movie], elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "MOST_TAKEN", 1024**2)
    monkeypatch.setattr(look, "HEAD", 1024)
    elsewhere.files["/film.mp4"] = b"\0\0\0\x10ftypisom\0\0\0\0" + (2**21).to_bytes(4) + b"moov" + bytes(2**21)
    assert "too large" in added(elsewhere.url()).error
    assert elsewhere.sent < 2**20


def test_boxes_without_end_are_not_walked(
    added: Callable[[str], Movie], elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "HEAD", 1024)
    box = (200_000).to_bytes(4) + b"free" + bytes(199_992)
    elsewhere.files["/film.mp4"] = b"\0\0\0\x10ftypisom\0\0\0\0" + box * 50
    assert "scattered" in added(elsewhere.url()).error
    assert len(elsewhere.asked) == look.REQUESTS


def test_what_browsers_can_not_play_as_it_lies_is_refused(
    added: Callable[[str], Movie], elsewhere: Elsewhere, tmp_path: Path
) -> None:
    elsewhere.files["/film.mp4"] = clip(tmp_path / "film.mkv", container="matroska").read_bytes()
    assert "upload it" in added(elsewhere.url()).error


def test_fragments_are_refused(added: Callable[[str], Movie], elsewhere: Elsewhere, tmp_path: Path) -> None:
    elsewhere.files["/film.mp4"] = clip(tmp_path / "f.mp4", movflags="frag_keyframe+empty_moov").read_bytes()
    assert "fragments" in added(elsewhere.url()).error


def test_a_recording_that_does_not_say_how_long_it_is_is_refused(
    added: Callable[[str], Movie], elsewhere: Elsewhere, tmp_path: Path
) -> None:
    live = clip(tmp_path / "l.webm", container="webm", video="libvpx", audio="libopus", live="1").read_bytes()
    elsewhere.files["/film.mp4"] = live
    assert "how long" in added(elsewhere.url()).error


# --- How its server answers


def whole(request: Any) -> None:
    answer(request, 200, b"\0\0\0\x20ftypisom" + bytes(100), **{"Content-Type": "video/mp4"})


def part(**headers: str) -> Answer:
    usual = {"Content-Type": "video/mp4", "Content-Range": "bytes 0-99/100"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: answer(request, 206, b"\0\0\0\x20ftypisom" + bytes(88), **(usual | named))


@pytest.mark.parametrize(
    ("answers", "because"),
    [
        (whole, "Range"),
        (lambda request: answer(request, 404), "status 404"),
        (lambda request: answer(request, 304), "status 304"),
        (part(Content_Range=""), "how large"),
        (part(Content_Range="bytes 0-99/*"), "how large"),
        (part(Content_Range="bytes 5-99/100"), "how large"),
        (part(Content_Range=f"bytes 0-99/{10**14}"), "larger than any film"),
        (part(Content_Encoding="gzip"), "on the way"),
        (part(Cross_Origin_Resource_Policy="same-origin"), "Cross-Origin"),
        (part(Content_Range="bytes 0-9999/10000"), "less than it says"),
        (lambda request: request.wfile.write(b"nonsense\r\n\r\n"), "does not answer as one should"),
        (lambda request: request.wfile.write(b"HTTP/1.1 206 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n"), "does not answer"),
        (lambda request: request.connection.close(), "does not answer"),
    ],
)
def test_a_server_that_can_not_serve_a_film_is_refused(
    added: Callable[[str], Movie], elsewhere: Elsewhere, answers: Answer, because: str
) -> None:
    def once(request: Any) -> None:
        request.close_connection = True
        answers(request)

    elsewhere.answers["/film.mp4"] = once
    movie = added(elsewhere.url())
    assert movie.status == "failed"
    assert because in movie.error


def test_a_file_that_changes_meanwhile_is_refused(
    added: Callable[[str], Movie], elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "HEAD", 64)

    def growing(request: Any) -> None:
        elsewhere.files["/film.mp4"] += b"x"
        elsewhere.send_file(request)

    elsewhere.answers["/film.mp4"] = growing
    assert "changes" in added(elsewhere.url()).error


def test_a_server_that_is_not_there_is_refused(added: Callable[[str], Movie], allowed: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        assert "can't be reached" in added(f"http://127.0.0.1:{nobody.getsockname()[1]}/film.mp4").error


def test_a_name_that_does_not_exist_is_refused(added: Callable[[str], Movie]) -> None:
    assert "There is no host" in added("http://nobody.invalid/film.mp4").error


def test_a_certificate_that_is_none_is_refused(added: Callable[[str], Movie], elsewhere: Elsewhere) -> None:
    assert "certificate" in added(elsewhere.url().replace("http:", "https:")).error


def test_bytes_that_drip_in_end_with_the_time(
    added: Callable[[str], Movie], elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes before the time-out of silence; together they would take minutes."""
    monkeypatch.setattr(look, "SECONDS", 0.6)
    monkeypatch.setattr(client, "SILENCE_SECONDS", 0.5)

    def drip(request: Any) -> None:
        request.close_connection = True
        ended = monotonic() + PATIENCE
        while monotonic() < ended:
            try:
                request.wfile.write(b"H")
            except OSError:
                return
            request.server.stopping.wait(0.05)

    elsewhere.answers["/film.mp4"] = drip
    assert "too long" in added(elsewhere.url()).error
