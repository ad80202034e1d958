"""POST movies/ {title, url}: a movie that lies elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from audit.models import OutboxEvent
from movies import quotas
from movies.models import Movie
from tests.movies.clips import clip
from tests.movies.elsewhere import URL, Elsewhere, redirect


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
