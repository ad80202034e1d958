"""stream/, poster/ and subtitles/: bearer, cookie or the token in a source's URL; membership at every request."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.db.models import Q
from rest_framework.test import APIClient

from accounts.models import User
from movies import access, storage
from movies.models import Movie, Previews, Rendition, Subtitle
from movies.tokens import LIFETIME, stream_token

Api = Callable[..., APIClient]


@pytest.fixture
def movie(alice: User, make_movie: Callable[..., Movie]) -> Movie:
    poster = storage.keep(ContentFile(b"jpeg"), storage.new_name("posters", ".jpg"))
    movie = make_movie(alice, poster=poster)
    sheet = storage.keep(ContentFile(b"sheet"), storage.new_name("previews", ".jpg"))
    Previews.objects.create(movie=movie, file=sheet)
    sized = storage.keep(ContentFile(b"smaller"), storage.new_name("renditions", ".mp4"))
    Rendition.objects.create(movie=movie, side=90, file=sized, size=7, head=3, parts=[[2.0, 4]])
    track = storage.keep(ContentFile(b"WEBVTT\n"), storage.new_name("subtitles", ".vtt"))
    Subtitle.objects.create(movie=movie, language="en", label="English", file=track)
    return movie


PLAYLISTS = ["hls/master.m3u8", "hls/90.m3u8"]


@pytest.fixture(params=["stream", "poster", "previews", "subtitles", *PLAYLISTS, "hls/90.mp4"])
def url(movie: Movie, request: pytest.FixtureRequest) -> str:
    end = f"subtitles/{movie.subtitles.get().pk}" if request.param == "subtitles" else request.param
    return f"/api/v1/movies/{movie.pk}/{end}" + ("" if end.startswith("hls/") else "/")


def with_token(url: str, user: User, movie: Movie) -> str:
    return f"{url}?token={stream_token(user, movie)}"


def test_it_works(fetch: Any, alice: User, movie: Movie, url: str) -> None:
    answer = fetch(url, alice)
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    by_token = fetch(with_token(url, alice, movie))
    assert by_token.status_code == 200
    if "m3u8" not in url:
        assert by_token.body == answer.body
    kinds = {"stream": "video/mp4", "subtitles": "text/vtt; charset=utf-8", "hls": "application/vnd.apple.mpegurl"}
    kind = "video/mp4" if url.endswith(".mp4") else kinds.get(url.split("/")[5], "image/jpeg")
    assert answer.headers["Content-Type"] == kind


def test_the_url_of_a_source_needs_nothing_else(api: Api, fetch: Any, alice: User, movie: Movie) -> None:
    source = api(alice).get(f"/api/v1/movies/{movie.pk}/").json()["sources"][0]
    assert source["type"] == "video/mp4"
    assert not urlsplit(source["url"]).netloc
    assert fetch(source["url"]).status_code == 200


def test_who_was_granted_it_may_watch(
    fetch: Any, bob: User, movie: Movie, url: str, shared_with: Callable[[User], None]
) -> None:
    assert fetch(url, bob).status_code == 404
    shared_with(bob)
    assert fetch(url, bob).status_code == 200
    assert fetch(with_token(url, bob, movie)).status_code == 200


def test_a_grant_that_joins_does_not_double_a_movie(bob: User, movie: Movie, shared_with: Any) -> None:
    from movies.selectors import visible_to

    Subtitle.objects.create(movie=movie, language="de", file="x")
    access._grants.append(lambda user: Q(subtitles__isnull=False))
    try:
        assert visible_to(bob).count() == 1
    finally:
        access._grants.pop()


def test_a_stranger_sees_nothing(fetch: Any, charlie: User, movie: Movie, url: str) -> None:
    assert fetch(url, charlie).status_code == 404
    assert fetch(with_token(url, charlie, movie)).status_code == 404


def test_nobody_is_401(fetch: Any, url: str) -> None:
    answer = fetch(url)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("token", ["", "x", "x:y:z", "%00", "é", "a" * 4000])
def test_a_bad_token_is_401(fetch: Any, alice: User, url: str, token: str) -> None:
    assert fetch(f"{url}?token={token}").status_code == 401
    # Whatever else came with it: the link was meant.
    assert fetch(f"{url}?token={token}", alice).status_code == 401


def test_a_token_is_for_one_movie(fetch: Any, alice: User, url: str, make_movie: Callable[..., Movie]) -> None:
    assert fetch(with_token(url, alice, make_movie(alice))).status_code == 401


def test_a_token_lasts_twelve_hours(fetch: Any, alice: User, movie: Movie, url: str, time_machine: Any) -> None:
    time_machine.move_to(datetime.now(UTC), tick=False)
    link = with_token(url, alice, movie)
    time_machine.shift(LIFETIME - timedelta(minutes=1))
    assert fetch(link).status_code == 200
    time_machine.shift(timedelta(minutes=2))
    assert fetch(link).status_code == 401


@pytest.mark.parametrize("change", [{"is_active": False}, {"token_version": 1}])
def test_a_token_ends_with_its_user(fetch: Any, alice: User, movie: Movie, url: str, change: dict[str, Any]) -> None:
    link = with_token(url, alice, movie)
    User.objects.filter(pk=alice.pk).update(**change)
    assert fetch(link).status_code == 401


def test_membership_is_asked_for_at_every_request(fetch: Any, bob: User, movie: Movie, url: str) -> None:
    members = {bob.pk}
    grant = lambda user: Q(pk__isnull=False) if user.pk in members else Q(pk=None)  # noqa: E731
    access._grants.append(grant)
    try:
        link = with_token(url, bob, movie)
        assert fetch(link).status_code == 200
        members.clear()
        assert fetch(link).status_code == 404
    finally:
        access._grants.remove(grant)


def test_a_deleted_user_or_movie_is_no_error(fetch: Any, alice: User, movie: Movie, url: str) -> None:
    link = with_token(url, alice, movie)
    movie.delete()
    assert fetch(link).status_code == 404
    alice.delete()
    assert fetch(link).status_code == 401
