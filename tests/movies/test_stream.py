"""GET and HEAD movies/{id}/stream/: ranges, validators, headers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils.http import http_date, parse_http_date

from accounts.models import User
from movies import serving, storage
from movies.models import Movie
from tests.movies.conftest import CONTENT

Fetch = Callable[..., Any]


@pytest.fixture
def movie(alice: User, make_movie: Callable[..., Movie]) -> Movie:
    return make_movie(alice)


@pytest.fixture
def url(movie: Movie) -> str:
    return f"/api/v1/movies/{movie.pk}/stream/"


def test_it_works(fetch: Fetch, alice: User, url: str) -> None:
    answer = fetch(url, alice)
    assert answer.status_code == 200
    assert answer.body == CONTENT
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Length"] == "1024"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == 'inline; filename="A film.mp4"'
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["ETag"].startswith('"')
    assert parse_http_date(answer.headers["Last-Modified"])


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("0-0", 0, 0),
        ("0-99", 0, 99),
        ("1000-", 1000, 1023),
        ("-24", 1000, 1023),
        ("-9999", 0, 1023),
        ("5-9999", 5, 1023),
    ],
)
def test_a_range_is_a_part(fetch: Fetch, alice: User, url: str, asked: str, first: int, last: int) -> None:
    answer = fetch(url, alice, Range=f"bytes={asked}")
    assert answer.status_code == 206
    assert answer.body == CONTENT[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/1024"
    assert answer.headers["Content-Length"] == str(last - first + 1)


def test_a_range_over_many_chunks_is_exact(
    fetch: Fetch, alice: User, make_movie: Callable[..., Movie], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "CHUNK_BYTES", 7)
    movie = make_movie(alice)
    assert fetch(f"/api/v1/movies/{movie.pk}/stream/", alice, Range="bytes=3-900").body == CONTENT[3:901]


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_beyond_the_end_is_416(fetch: Fetch, alice: User, url: str, asked: str) -> None:
    answer = fetch(url, alice, Range=asked)
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */1024"
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=9-1", "lines=1-2", "rubbish"])
def test_what_is_no_single_range_gets_the_whole(fetch: Fetch, alice: User, url: str, asked: str) -> None:
    answer = fetch(url, alice, Range=asked)
    assert (answer.status_code, answer.body) == (200, CONTENT)


def test_head_has_the_headers_alone(fetch: Fetch, alice: User, url: str) -> None:
    answer = fetch(url, alice, method="HEAD", Range="bytes=0-9")
    assert (answer.status_code, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == "1024"
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_the_clients_own_copy_is_304(fetch: Fetch, alice: User, url: str) -> None:
    first = fetch(url, alice)
    by_tag = fetch(url, alice, If_None_Match=first.headers["ETag"])
    by_date = fetch(url, alice, If_Modified_Since=first.headers["Last-Modified"])
    assert (by_tag.status_code, by_tag.body) == (304, b"")
    assert by_date.status_code == 304
    assert by_tag.headers["ETag"] == first.headers["ETag"]
    assert fetch(url, alice, If_None_Match='"another"').status_code == 200


def test_another_version_than_asked_for_is_412(fetch: Fetch, alice: User, url: str) -> None:
    answer = fetch(url, alice, If_Match='"another"')
    assert answer.status_code == 412
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_if_range_takes_the_part_of_the_same_version_only(fetch: Fetch, alice: User, url: str) -> None:
    first = fetch(url, alice)
    day_before = http_date((datetime.now(UTC) - timedelta(days=1)).timestamp())
    same = [first.headers["ETag"], first.headers["Last-Modified"]]
    other = ['"another"', f"W/{first.headers['ETag']}", day_before, "rubbish"]
    assert {fetch(url, alice, Range="bytes=0-9", If_Range=value).status_code for value in same} == {206}
    for value in other:
        answer = fetch(url, alice, Range="bytes=0-9", If_Range=value)
        assert (answer.status_code, answer.body) == (200, CONTENT)
    # A range that can't be met doesn't matter either, when it is another version that it was meant for.
    assert fetch(url, alice, Range="bytes=9999-", If_Range='"another"').status_code == 200


@pytest.mark.parametrize("accept", ["video/mp4", "*/*", "image/avif", "text/html"])
def test_whatever_the_player_accepts_it_gets_the_file(fetch: Fetch, alice: User, url: str, accept: str) -> None:
    assert fetch(url, alice, Accept=accept).headers["Content-Type"] == "video/mp4"


def test_an_odd_title_makes_a_safe_filename(fetch: Fetch, alice: User, make_movie: Callable[..., Movie]) -> None:
    movie = make_movie(alice, title='../"x"\r\nSet-Cookie: a=b 🎬')
    header = fetch(f"/api/v1/movies/{movie.pk}/stream/", alice).headers["Content-Disposition"]
    assert header.startswith("inline; filename*=utf-8''")
    assert "\n" not in header
    assert "%F0%9F%8E%AC.mp4" in header
    assert "/" not in header


def test_a_file_that_is_gone_from_the_disk_is_404(fetch: Fetch, alice: User, movie: Movie, url: str) -> None:
    storage.media().delete(movie.file)
    assert fetch(url, alice).status_code == 404


@pytest.mark.parametrize("status", [Movie.Status.PROCESSING, Movie.Status.FAILED, Movie.Status.UPLOADING])
def test_a_movie_that_is_not_ready_is_a_conflict(
    fetch: Fetch, alice: User, make_movie: Callable[..., Movie], status: Movie.Status
) -> None:
    movie = make_movie(alice, status=status)
    assert fetch(f"/api/v1/movies/{movie.pk}/stream/", alice).status_code == 409


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(fetch: Fetch, alice: User, url: str, method: str) -> None:
    answer = fetch(url, alice, method=method)
    assert answer.status_code == 405
    assert answer.headers["Content-Type"] == "application/problem+json"
