"""Pages with movies that lie elsewhere: their policy names where from, and nothing more."""

import re
from typing import Any

from accounts.models import User
from accounts.services import create_guest
from movies.models import Movie
from rooms import services
from rooms.models import Room
from tests.pages.conftest import Browser


def linked(owner: User, origin: str, status: Movie.Status = Movie.Status.READY) -> Movie:
    return Movie.objects.create(
        owner=owner,
        title="Theirs",
        url=f"{origin}/film.mp4?a=1&b=2",
        origins=[origin],
        status=status,
        content_type="video/mp4",
        duration=60,
    )


def policy(answer: object, directive: str = "media-src") -> str:
    """What the directive allows; they come in any order."""
    found = re.search(rf"{directive} ([^;]*)", answer["Content-Security-Policy"])  # type: ignore[index]  # an answer
    assert found
    return found[1]


def test_a_room_lets_its_queue_be_played(browser: Browser, alice: User, room: Room):
    for origin, status in (
        ("https://a.example", "ready"),
        ("http://b.example:8080", "ready"),
        ("https://c.example", "processing"),
    ):
        services.add_to_queue(by=alice, room=room, movie=linked(alice, origin, Movie.Status(status)))
    linked(alice, "https://not-queued.example")
    page = browser(alice).get(f"/rooms/{room.code}/")
    assert policy(page) == "'self' blob: https://a.example http://b.example:8080"
    assert '"media_origins": ["https://a.example", "http://b.example:8080"]' in page.content.decode()


def test_its_scripts_may_ask_where_playlists_lead_and_nowhere_else(browser: Browser, alice: User, room: Room):
    services.add_to_queue(by=alice, room=room, movie=linked(alice, "https://a.example"))
    in_parts = linked(alice, "https://b.example")
    Movie.objects.filter(pk=in_parts.pk).update(content_type="application/vnd.apple.mpegurl")
    services.add_to_queue(by=alice, room=room, movie=in_parts)
    page = browser(alice).get(f"/rooms/{room.code}/")
    assert policy(page, "connect-src") == "'self' https://b.example"
    assert '"fetched_origins": ["https://b.example"]' in page.content.decode()


def test_without_such_movies_the_policy_is_the_usual_one(browser: Browser, alice: User, room: Room, film: Movie):
    services.add_to_queue(by=alice, room=room, movie=film)
    assert policy(browser(alice).get(f"/rooms/{room.code}/")) == "'self' blob:"


def test_the_policy_of_a_long_queue_stays_short(browser: Browser, alice: User, room: Room):
    for number in range(60):
        services.add_to_queue(by=alice, room=room, movie=linked(alice, f"https://{'a' * 60}{number}.example"))
    assert len(browser(alice).get(f"/rooms/{room.code}/")["Content-Security-Policy"]) < 3000


def test_its_own_page_plays_it(browser: Browser, alice: User):
    movie = linked(alice, "https://a.example")
    page = browser(alice).get(f"/movies/{movie.pk}/")
    assert policy(page) == "'self' blob: https://a.example"
    assert 'src="https://a.example/film.mp4?a=1&amp;b=2"' in page.content.decode()


def test_its_own_page_plays_a_playlist_by_a_script(browser: Browser, alice: User):
    movie = linked(alice, "https://a.example")
    Movie.objects.filter(pk=movie.pk).update(content_type="application/vnd.apple.mpegurl", codecs={"container": "hls"})
    page = browser(alice).get(f"/movies/{movie.pk}/").content.decode()
    assert 'data-playlist="https://a.example/film.mp4?a=1&amp;b=2"' in page
    assert "js/pages/playlist.js" in page


def test_it_is_added_by_its_address(browser: Browser, alice: User):
    client = browser(alice)
    assert "Add by address" in client.get("/movies/").content.decode()
    assert client.get("/movies/elsewhere/").status_code == 200
    answer = client.post("/movies/elsewhere/", {"title": "Theirs", "url": "https://a.example/film.mp4"})
    movie = Movie.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/movies/{movie.pk}/")
    assert (movie.owner, movie.title, movie.url) == (alice, "Theirs", "https://a.example/film.mp4")


def test_an_address_that_is_none_is_refused_at_its_field(browser: Browser, alice: User):
    answer = browser(alice).post("/movies/elsewhere/", {"title": "Theirs", "url": "ftp://a.example/film.mp4"})
    assert answer.status_code == 422
    assert "Only addresses that begin with http" in answer.content.decode()
    assert not Movie.objects.exists()


def test_guests_have_no_library_to_add_to(browser: Browser, db: None):
    assert browser(create_guest(display_name="Gus")).get("/movies/elsewhere/").status_code == 403


def test_too_many_at_a_time_are_refused(browser: Browser, alice: User, settings: Any):
    settings.RATE_LIMIT_UPLOAD = "1/hour"
    client = browser(alice)
    asked = {"title": "Theirs", "url": "https://a.example/film.mp4"}
    assert [client.post("/movies/elsewhere/", asked).status_code for _ in range(2)] == [302, 422]
