"""A movie that lies elsewhere: addresses that are refused, at once or for where they lead."""

import ipaddress
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from accounts.services import create_guest
from movies import services
from movies.external import addresses
from movies.models import Movie
from tests.movies.elsewhere import URL, Elsewhere, redirect
from watchparty.errors import Invalid

# --- At once, without asking anybody


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


# --- For where it leads


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
