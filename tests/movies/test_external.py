"""POST movies/ {title, url}: a movie that lies elsewhere, and all that is refused."""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from accounts.models import User
from accounts.services import create_guest
from audit.models import OutboxEvent
from movies import quotas, services
from movies.external import addresses, client, look
from movies.models import Movie
from tests.movies.clips import clip
from tests.movies.elsewhere import Answer, Elsewhere, answer, redirect
from watchparty.errors import Invalid

URL = "/api/v1/movies/"


@pytest.fixture
def allowed(settings: Any) -> Any:
    """Loopback stands for the public internet."""
    settings.EXTERNAL_MOVIE_NETWORKS = ["127.0.0.0/8"]
    return settings


@pytest.fixture
def elsewhere(film: Path, allowed: Any) -> Iterator[Elsewhere]:
    server = Elsewhere(files={"/film.mp4": film.read_bytes()}).start()
    yield server
    server.stop()


@pytest.fixture
def added(alice: User) -> Callable[[str], Movie]:
    """``added(url)``: the movie, after the worker has looked at it."""

    def add(url: str) -> Movie:
        return services.import_url(owner=alice, url=url, title="A film")

    return add


def test_it_works(
    api: Callable[..., Any], alice: User, elsewhere: Elsewhere, django_capture_on_commit_callbacks: Any
) -> None:
    mine = api(alice)
    with django_capture_on_commit_callbacks(execute=True):
        made = mine.post(URL, {"title": "Theirs", "url": elsewhere.url("/film.mp4?key=s3cret")})
    assert (made.status_code, made.json()["status"], made.json()["sources"]) == (201, "processing", [])
    shown = mine.get(f"{URL}{made.json()['id']}/").json()
    assert (shown["status"], shown["error"]) == ("ready", "")
    assert (shown["duration"], shown["width"], shown["height"]) == (pytest.approx(2, abs=0.1), 320, 180)
    assert shown["size"] == len(elsewhere.files["/film.mp4"])
    assert shown["codecs"] == {"container": "mp4", "video": "h264", "audio": "aac"}
    assert shown["sources"] == [
        {"url": elsewhere.url("/film.mp4?key=s3cret"), "type": "video/mp4", "origins": [elsewhere.url("")]}
    ]
    assert shown["poster"] is None
    told = str(list(OutboxEvent.objects.values()))
    assert "movie.linked" in told
    assert "127.0.0.1" not in told


def test_an_index_at_the_end_is_found_without_taking_the_film(
    added: Callable[[str], Movie], elsewhere: Elsewhere, tmp_path: Path
) -> None:
    plain = clip(tmp_path / "late.mp4").read_bytes()
    at = plain.index(b"mdat") - 4
    length = int.from_bytes(plain[at : at + 4])
    grown = 32 * 1024**2
    # The same film with much more data behind its pictures, before the index.
    media = (length + grown).to_bytes(4) + plain[at + 4 : at + length] + bytes(grown)
    elsewhere.files["/film.mp4"] = plain[:at] + media + plain[at + length :]
    movie = added(elsewhere.url())
    assert (movie.status, movie.error, movie.width) == ("ready", "", 320)
    assert movie.duration == pytest.approx(2, abs=0.1)
    assert elsewhere.sent < grown / 8


def test_a_webm(added: Callable[[str], Movie], elsewhere: Elsewhere, tmp_path: Path) -> None:
    elsewhere.files["/film.webm"] = clip(
        tmp_path / "film.webm", container="webm", video="libvpx", audio="libopus"
    ).read_bytes()
    elsewhere.headers = {"Content-Type": "video/webm"}
    movie = added(elsewhere.url("/film.webm"))
    assert (movie.status, movie.error, movie.content_type) == ("ready", "", "video/webm")
    assert movie.duration == pytest.approx(2, abs=0.2)


def test_redirects_are_followed_and_their_origins_told(added: Callable[[str], Movie], elsewhere: Elsewhere) -> None:
    elsewhere.answers["/a"] = redirect("/b")
    elsewhere.answers["/b"] = redirect(elsewhere.url("/film.mp4", host="127.0.0.1"))
    movie = added(elsewhere.url("/a", host="localhost"))
    assert (movie.status, movie.error) == ("ready", "")
    assert movie.url == elsewhere.url("/a", host="localhost")
    assert movie.origins == [elsewhere.url("", host="localhost"), elsewhere.url("")]


def test_it_takes_up_nothing_of_a_quota(alice: User, settings: Any) -> None:
    settings.UPLOAD_QUOTA_USER = settings.UPLOAD_QUOTA_SERVER = 100
    Movie.objects.create(owner=alice, title="Theirs", url="https://a.example/film.mp4", size=10**9, status="ready")
    quotas.ensure_room(alice, 100)


def test_its_stream_leads_there(
    api: Callable[..., Any], added: Callable[[str], Movie], alice: User, bob: User, elsewhere: Elsewhere
) -> None:
    url = f"{URL}{added(elsewhere.url()).pk}/stream/"
    shown = api(alice).get(url)
    assert (shown.status_code, shown["Location"]) == (302, elsewhere.url())
    assert api(bob).get(url).status_code == 404


# --- Refused at once, without asking anybody


@pytest.mark.parametrize(
    ("url", "because"),
    [
        ("ftp://example.org/film.mp4", "http://"),
        ("file:///etc/passwd", "http://"),
        ("javascript:alert(1)", "http://"),
        ("data:video/mp4;base64,AAAA", "http://"),
        ("//example.org/film.mp4", "http://"),
        ("film.mp4", "http://"),
        ("http://alice:pw@example.org/film.mp4", "password"),
        ("http://@example.org/film.mp4", "password"),
        ("http:///film.mp4", "host"),
        ("http://[::1]/film.mp4", "host"),
        ("http://example.org'; script-src */film.mp4", "Spaces"),
        ("http://example.org;script-src/film.mp4", "host"),
        ("http://example.org,x/film.mp4", "host"),
        ("http://example.org\\@127.0.0.1/film.mp4", "backslashes"),
        ("http://example.org/a\r\nHost: b", "control"),
        ("http://example.org:99999/film.mp4", "address"),
        ("http://example.org:25/film.mp4", "port 25"),
        ("http://example.org/" + "a" * 2000, "longer"),
        ("http://[broken/film.mp4", "address"),
    ],
)
def test_what_is_no_address_of_a_film_is_refused(
    api: Callable[..., Any], alice: User, monkeypatch: pytest.MonkeyPatch, url: str, because: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    with pytest.raises(Invalid, match=because) as refused:
        services.create_from_url(by=alice, title="x", url=url)
    assert refused.value.field == "url"
    answered = api(alice).post(URL, {"title": "x", "url": url})
    assert answered.status_code == 400
    assert answered.json()["errors"][0]["field"] == "url"
    assert not Movie.objects.exists()


@pytest.mark.parametrize("url", [None, 5, [], {}, "", " "])
def test_what_is_no_text_is_refused(api: Callable[..., Any], alice: User, url: Any) -> None:
    answered = api(alice).post(URL, {"title": "x", "url": url})
    assert (answered.status_code, answered.json()["errors"][0]["field"]) == (400, "url")


def test_guests_add_nothing(api: Callable[..., Any], db: None) -> None:
    assert api(create_guest(display_name="Gus")).post(URL, {"title": "x", "url": "http://a.b/c"}).status_code == 403


def test_where_pages_are_secure_films_are_too(alice: User, settings: Any) -> None:
    settings.HTTPS = True
    with pytest.raises(Invalid, match="https"):
        services.create_from_url(by=alice, title="x", url="http://example.org/film.mp4")


# --- Refused for where it leads


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "224.0.0.251", "239.1.2.3", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd00::1", "ff02::1", "2001:db8::1", "fec0::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::", "2001:0:7f00:1::", "fe80::1%lo"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(addresses.Unacceptable, match="private network"):
        addresses.checked([address])
    with pytest.raises(addresses.Unacceptable, match="private network"):
        addresses.checked(["93.184.215.14", address])


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is_taken(address: str) -> None:
    assert addresses.checked([address]) == [ipaddress.ip_address(address)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_a_host_that_leads_to_ourselves_is_not_asked(
    added: Callable[[str], Movie], elsewhere: Elsewhere, allowed: Any, host: str
) -> None:
    allowed.EXTERNAL_MOVIE_NETWORKS = []
    movie = added(elsewhere.url(host=host))
    assert movie.status == "failed"
    assert "private network" in movie.error
    assert elsewhere.asked == []


def test_a_redirect_into_a_private_network_is_not_followed(
    added: Callable[[str], Movie], elsewhere: Elsewhere, allowed: Any, film: Path
) -> None:
    outside = Elsewhere("127.0.0.2").start()
    outside.answers["/film.mp4"] = redirect(elsewhere.url())
    allowed.EXTERNAL_MOVIE_NETWORKS = ["127.0.0.2/32"]
    movie = added(outside.url())
    outside.stop()
    assert (movie.status, outside.asked, elsewhere.asked) == ("failed", ["/film.mp4"], [])
    assert "private network" in movie.error


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://example.org/", "http://a:b@example.org/"])
def test_a_redirect_to_something_else_is_not_followed(
    added: Callable[[str], Movie], elsewhere: Elsewhere, to: str
) -> None:
    elsewhere.answers["/film.mp4"] = redirect(to)
    assert added(elsewhere.url()).status == "failed"


def test_redirects_without_end_are_not_followed(added: Callable[[str], Movie], elsewhere: Elsewhere) -> None:
    elsewhere.answers["/film.mp4"] = redirect("/film.mp4")
    assert "more than 3 times" in added(elsewhere.url()).error
    assert len(elsewhere.asked) == 4


def test_a_name_that_changes_its_address_changes_nothing(
    added: Callable[[str], Movie], elsewhere: Elsewhere, allowed: Any, monkeypatch: pytest.MonkeyPatch, film: Path
) -> None:
    """DNS rebinding: public when it is checked, private when it is connected to."""
    outside = Elsewhere("127.0.0.2", files={"/film.mp4": film.read_bytes()}).start()
    allowed.EXTERNAL_MOVIE_NETWORKS = ["127.0.0.2/32"]
    real, looked_up = socket.getaddrinfo, list[str]()

    def rebinding(host: str, *rest: Any, **more: Any) -> Any:
        if host == "film.example":
            looked_up.append(host)
            host = "127.0.0.2" if len(looked_up) == 1 else "127.0.0.1"
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    movie = added(outside.url(host="film.example"))
    outside.stop()
    assert (movie.status, movie.error, len(looked_up)) == ("ready", "", 1)
    assert elsewhere.asked == []


# --- Refused for what lies there


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


# --- Refused for how its server answers


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
        ended = monotonic() + 5
        while monotonic() < ended:
            try:
                request.wfile.write(b"H")
            except OSError:
                return
            request.server.stopping.wait(0.05)

    elsewhere.answers["/film.mp4"] = drip
    began = monotonic()
    assert "too long" in added(elsewhere.url()).error
    assert monotonic() - began < 3
