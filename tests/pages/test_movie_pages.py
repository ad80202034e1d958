import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from accounts.services import create_guest
from movies.models import Movie
from rooms import services
from rooms.models import Room
from tests.pages.conftest import Browser


def page_of(film: Movie) -> str:
    return f"/movies/{film.pk}/"


def test_it_works(browser: Browser, alice: User, film: Movie):
    html = browser(alice).get("/movies/").content.decode()
    assert "Metropolis" in html
    assert "1:02:03" in html
    assert f"/api/v1/movies/{film.pk}/poster/" in html


def test_an_empty_library_says_what_to_do(browser: Browser, bob: User, film: Movie):
    html = browser(bob).get("/movies/").content.decode()
    assert "An empty reel" in html
    assert "Metropolis" not in html


@pytest.mark.parametrize("path", ["/movies/", "/movies/new/"])
def test_a_library_is_for_who_has_an_account(browser: Browser, path: str):
    assert browser().get(path)["Location"] == f"/accounts/login/?next={path}"
    assert browser(create_guest(display_name="Gus")).get(path).status_code == 403


def test_a_film_shows_itself(browser: Browser, alice: User, film: Movie):
    html = browser(alice).get(page_of(film)).content.decode()
    assert f'src="/api/v1/movies/{film.pk}/stream/"' in html
    assert "Ready" in html


def test_a_failed_film_says_why(browser: Browser, alice: User, film: Movie):
    Movie.objects.filter(pk=film.pk).update(status=Movie.Status.FAILED, error="It holds no video.")
    html = browser(alice).get(page_of(film)).content.decode()
    assert "It holds no video." in html
    assert "<video" not in html


def test_a_film_in_preparation_is_watched_over(browser: Browser, alice: User, film: Movie):
    Movie.objects.filter(pk=film.pk).update(status=Movie.Status.PROCESSING)
    html = browser(alice).get(page_of(film)).content.decode()
    assert 'data-status="processing"' in html
    assert "js/pages/processing.js" in html


def test_others_find_nothing(browser: Browser, bob: User, film: Movie):
    client = browser(bob)
    assert client.get(page_of(film)).status_code == 404
    assert client.post(f"{page_of(film)}delete/").status_code == 404
    assert Movie.objects.filter(pk=film.pk).exists()


def test_who_may_watch_it_in_a_room_may_not_change_it(
    browser: Browser, alice: User, bob_in: User, room: Room, film: Movie
):
    services.add_to_queue(by=alice, room=room, movie=film)
    client = browser(bob_in)
    html = client.get(page_of(film)).content.decode()
    assert "a film of Alice" in html
    assert "Delete" not in html
    assert client.post(f"{page_of(film)}rename/", {"title": "Mine"}).status_code == 403
    assert client.post(f"{page_of(film)}delete/").status_code == 403


def test_a_film_is_renamed(browser: Browser, alice: User, film: Movie):
    client = browser(alice)
    assert client.post(f"{page_of(film)}rename/", {"title": "M"}).status_code == 302
    assert client.post(f"{page_of(film)}rename/", {"title": ""}).status_code == 422
    film.refresh_from_db()
    assert film.title == "M"


def test_a_film_is_deleted(browser: Browser, alice: User, film: Movie):
    assert browser(alice).post(f"{page_of(film)}delete/")["Location"] == "/movies/"
    assert not Movie.objects.exists()


def test_without_scripts_a_plain_form_uploads(browser: Browser, alice: User):
    head = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 2000
    upload = SimpleUploadedFile("holiday.mp4", head, content_type="video/mp4")
    answer = browser(alice).post("/movies/new/", {"title": "Holiday", "file": upload})
    film = Movie.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page_of(film))
    assert (film.title, film.owner) == ("Holiday", alice)


def test_what_is_no_film_is_refused_at_the_field(browser: Browser, alice: User):
    upload = SimpleUploadedFile("holiday.mp4", b"<html>" * 100, content_type="video/mp4")
    answer = browser(alice).post("/movies/new/", {"title": "Holiday", "file": upload})
    assert answer.status_code == 422
    assert b"This is not a movie file" in answer.content
    assert not Movie.objects.exists()
