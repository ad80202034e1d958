"""POST movies/ {title, url} of a playlist (HLS): a film that lies elsewhere in parts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from movies.external import hls
from movies.models import Movie
from tests.movies.elsewhere import URL, Elsewhere, redirect
from tests.movies.hls import media, offered, parts, playlist

Added = Callable[[str], Movie]
STREAM = '#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=320x180,CODECS="avc1.42c00c,mp4a.40.2"'
TS = (b"\x47" + bytes(187)) * 3


def test_it_works(api: Callable[..., Any], added: Added, alice: User, elsewhere: Elsewhere, tmp_path: Path) -> None:
    offered(elsewhere, parts(tmp_path / "parts") | {"/master.m3u8": playlist(STREAM, "film.m3u8")})
    movie = added(elsewhere.url("/master.m3u8?key=1"))
    assert (movie.status, movie.error) == ("ready", "")
    shown = api(alice).get(f"{URL}{movie.pk}/").json()
    assert shown["duration"] == pytest.approx(2, abs=0.1)
    assert (shown["width"], shown["height"], shown["size"]) == (320, 180, None)
    assert shown["codecs"] == {"container": "hls", "video": "h264", "audio": "aac"}
    assert shown["sources"] == [
        {
            "url": elsewhere.url("/master.m3u8?key=1"),
            "type": "application/vnd.apple.mpegurl",
            "origins": [elsewhere.url("")],
        }
    ]


def test_a_playlist_without_qualities_that_its_server_calls_one(added: Added, elsewhere: Elsewhere) -> None:
    # A server that knows ranges sends the file that a movie might be; then it says what it is.
    elsewhere.files["/watch"] = media("a.ts", "b.ts")
    elsewhere.headers = {"Content-Type": "application/vnd.apple.mpegurl", "Access-Control-Allow-Origin": "*"}
    offered(elsewhere, {"/a.ts": TS})
    movie = added(elsewhere.url("/watch"))
    assert (movie.status, movie.error, movie.duration, movie.width) == ("ready", "", 8, None)
    assert movie.codecs == {"container": "hls", "video": "unknown", "audio": None}


def test_all_servers_that_a_page_will_ask_are_told(added: Added, elsewhere: Elsewhere) -> None:
    # Nobody listens at the others: the page will ask them, not we.
    parts_, keys = (elsewhere.url("", host=host) for host in ("127.0.0.2", "127.0.0.3"))
    key = f'#EXT-X-KEY:METHOD=AES-128,URI="{keys}/key"'
    elsewhere.answers["/film.m3u8"] = redirect(elsewhere.url("/there.m3u8", host="localhost"))
    listed = playlist(key, "#EXTINF:4,", "a.ts", "#EXTINF:4,", f"{parts_}/b.ts", "#EXT-X-ENDLIST")
    offered(elsewhere, {"/there.m3u8": listed, "/a.ts": b"encrypted"})
    movie = added(elsewhere.url("/film.m3u8"))
    assert (movie.status, movie.error) == ("ready", "")
    assert movie.origins == [elsewhere.url(""), elsewhere.url("", host="localhost"), keys, parts_]


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (playlist("#EXTINF:4,", "a.ts"), "broadcast"),
        (playlist("#EXT-X-ENDLIST"), "no parts"),
        (playlist("a.ts", "#EXT-X-ENDLIST"), "how long"),
        (playlist("#EXTINF:nan,", "a.ts", "#EXT-X-ENDLIST"), "how long"),
        (playlist("#EXTINF:90000,", "a.ts", "#EXT-X-ENDLIST"), "24 hours"),
        (b"<!doctype html>", "not a playlist"),
        (playlist('#EXT-X-DEFINE:NAME="a",VALUE="b"', "#EXT-X-ENDLIST"), "variables"),
        (playlist("#EXT-X-KEY:METHOD=SAMPLE-AES", "#EXTINF:4,", "a.ts", "#EXT-X-ENDLIST"), "protected"),
        (playlist('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="a.m3u8"', STREAM, "film.m3u8"), "separate"),
        (playlist(STREAM.replace("avc1.42c00c", "hvc1.1.6.L93"), "film.m3u8"), "codecs"),
        (playlist(STREAM, "list.m3u8"), "lead on"),
        (playlist(*[STREAM, "film.m3u8"] * 13), "12 qualities"),
        (media("page.html"), "not a film"),
        (media("missing.ts"), "status 404"),
        (media("http://10.0.0.1/a.ts"), "private network"),
        (media("a.ts", "http://169.254.169.254/latest"), "private network"),
        (media("a.ts", "file:///etc/passwd"), "http"),
        (media("a.ts", "http://u:p@a.example/"), "password"),
        (media(*(f"http://127.0.0.{n}/a.ts" for n in range(2, 12))), "8 servers"),
        (media(*["a.ts"] * 50_001), "50000 parts"),
    ],
)
def test_what_can_not_be_played_is_refused(added: Added, elsewhere: Elsewhere, content: bytes, because: str) -> None:
    offered(elsewhere, {"/list.m3u8": content, "/a.ts": TS, "/page.html": b"<html>" * 99})
    movie = added(elsewhere.url("/list.m3u8"))
    assert movie.status == "failed"
    assert because in movie.error


def test_a_server_that_lets_no_page_read_it_is_refused(added: Added, elsewhere: Elsewhere) -> None:
    offered(elsewhere, {"/list.m3u8": media("a.ts")}, {"Access-Control-Allow-Origin": "https://other.example"})
    assert "CORS" in added(elsewhere.url("/list.m3u8")).error


def test_an_endless_playlist_is_not_taken(added: Added, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls, "PLAYLIST_BYTES", 1000)
    offered(elsewhere, {"/list.m3u8": media(*["a.ts"] * 1000)})
    assert "longer than" in added(elsewhere.url("/list.m3u8")).error
