"""GET movies/, GET/PATCH/DELETE movies/{id}/, subtitles/."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile

from accounts.models import User
from movies import storage
from movies.models import Movie, Subtitle

Api = Callable[..., Any]  # of APIClient, whose stub lets no bytes through
URL = "/api/v1/movies/"
KEYS = {
    *(
        "id",
        "title",
        "status",
        "progress",
        "error",
        "owner",
        "original_name",
        "duration",
        "width",
        "height",
        "codecs",
        "size",
    ),
    *("poster", "previews", "sources", "renditions", "subtitles", "created_at"),
}


@pytest.fixture
def movie(alice: User, make_movie: Callable[..., Movie]) -> Movie:
    poster = storage.keep(ContentFile(b"jpeg"), storage.new_name("posters", ".jpg"))
    return make_movie(alice, poster=poster, width=320, height=180)


@pytest.fixture
def url(movie: Movie) -> str:
    return f"{URL}{movie.pk}/"


def test_it_works(api: Api, alice: User, movie: Movie, url: str) -> None:
    client = api(alice)
    shown = client.get(url).json()
    assert set(shown) == KEYS
    assert shown["owner"] == {"id": str(alice.pk), "name": "Alice"}
    assert (shown["status"], shown["duration"], shown["width"], shown["height"]) == ("ready", 2.0, 320, 180)
    assert shown["poster"] == f"{url}poster/"
    assert shown["codecs"] == {"container": "mp4", "video": "h264", "audio": "aac"}
    listed = client.get(URL).json()
    assert (listed["count"], listed["next"], listed["previous"]) == (1, None, None)
    assert listed["results"][0]["id"] == str(movie.pk)


def test_the_list_is_mine_alone(api: Api, bob: User, movie: Movie, shared_with: Callable[[User], None]) -> None:
    shared_with(bob)
    assert api(bob).get(URL).json()["results"] == []


def test_listing_takes_the_same_few_queries(
    api: Api, alice: User, make_movie: Callable[..., Movie], django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        make_movie(alice)
    client = api(alice)
    with django_assert_max_num_queries(6):
        assert len(client.get(URL).json()["results"]) == 5


def test_a_member_reads_but_does_not_change(api: Api, bob: User, url: str, shared_with: Callable[[User], None]) -> None:
    shared_with(bob)
    client = api(bob)
    assert client.get(url).status_code == 200
    assert client.patch(url, {"title": "Mine"}).status_code == 403
    assert client.delete(url).status_code == 403
    assert Movie.objects.get().title == "A film"


def test_to_a_stranger_it_does_not_exist(api: Api, charlie: User, url: str) -> None:
    client = api(charlie)
    unknown = client.get(f"{URL}{uuid4()}/")
    for answer in (client.get(url), client.patch(url, {"title": "x"}), client.delete(url)):
        assert answer.status_code == 404
        assert answer.json() == unknown.json()
    assert client.get(f"{url}subtitles/").status_code == 404


def test_nobody_is_401(api: Api, url: str) -> None:
    assert {api().get(path).status_code for path in (URL, url, f"{url}subtitles/")} == {401}


def test_renaming(api: Api, alice: User, movie: Movie, url: str) -> None:
    answer = api(alice).patch(url, {"title": "  Another 🎬 "})
    assert (answer.status_code, answer.json()["title"]) == (200, "Another 🎬")
    movie.refresh_from_db()
    assert movie.title == "Another 🎬"


@pytest.mark.parametrize("title", ["", "  ", None, 5.5, [], {}, "x" * 201, "a\nb", "a\u0000b"])
def test_a_bad_title_is_named(api: Api, alice: User, url: str, title: Any) -> None:
    answer = api(alice).patch(url, {"title": title})
    if isinstance(title, float):
        assert answer.status_code == 200
        return
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "title"


@pytest.mark.parametrize("body", [b"[]", b"5", b"null", b"{", b"[" * 30_000, b'{"title": 1e999}', b'{"title": NaN}'])
def test_odd_bodies_are_400(api: Api, alice: User, url: str, body: bytes) -> None:
    assert api(alice).generic("PATCH", url, body, content_type="application/json").status_code == 400


def test_deleting_takes_the_files_too(
    api: Api, alice: User, movie: Movie, url: str, django_capture_on_commit_callbacks: Any
) -> None:
    track = storage.keep(ContentFile(b"WEBVTT\n"), storage.new_name("subtitles", ".vtt"))
    Subtitle.objects.create(movie=movie, language="en", file=track)
    files = [Path(storage.media().path(name)) for name in (movie.file, movie.poster, track)]
    assert all(file.exists() for file in files)
    with django_capture_on_commit_callbacks(execute=True):
        assert api(alice).delete(url).status_code == 204
    assert not any(file.exists() for file in files)
    assert api(alice).get(url).status_code == 404


def test_an_erased_owners_files_go(alice: User, movie: Movie, django_capture_on_commit_callbacks: Any) -> None:
    file = Path(storage.media().path(movie.file))
    with django_capture_on_commit_callbacks(execute=True):
        alice.delete()
    assert not file.exists()


def test_subtitles_are_listed(api: Api, alice: User, movie: Movie, url: str) -> None:
    track = Subtitle.objects.create(movie=movie, language="de", label="Deutsch", file="x")
    listed = api(alice).get(f"{url}subtitles/").json()
    entry = {"id": str(track.pk), "language": "de", "label": "Deutsch", "url": f"{url}subtitles/{track.pk}/"}
    assert listed["results"] == [entry]
    assert api(alice).get(url).json()["subtitles"] == [entry]


def test_subtitles_of_another_movie_are_404(
    api: Api, alice: User, movie: Movie, url: str, make_movie: Callable[..., Movie]
) -> None:
    track = Subtitle.objects.create(movie=make_movie(alice), language="de", file="x")
    assert api(alice).get(f"{url}subtitles/{track.pk}/").status_code == 404


@pytest.mark.parametrize("page", [URL, ""])
def test_the_browsable_pages_work(api: Api, alice: User, url: str, page: str) -> None:
    answer = api(alice).get(page or url, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "text/html" in answer["Content-Type"]
