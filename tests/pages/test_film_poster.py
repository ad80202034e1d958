"""A film's page: its owner replaces the poster there. And the library says what the films take up."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from movies.models import Movie
from tests.movies.clips import gradient
from tests.pages.conftest import Browser


def test_it_works(browser: Browser, alice: User, film: Movie, tmp_path: Path):
    gradient(64, 36).save(str(tmp_path / "poster.png"))
    given = {"poster-file": SimpleUploadedFile("poster.png", (tmp_path / "poster.png").read_bytes())}
    html = browser(alice).post(f"/movies/{film.pk}/poster/", given, follow=True).content.decode()
    assert "The film has a new poster." in html
    before = film.poster
    film.refresh_from_db()
    assert film.poster != before


def test_a_refusal_is_said_at_the_field(browser: Browser, alice: User, film: Movie):
    given = {"poster-file": SimpleUploadedFile("poster.png", b"none")}
    answer = browser(alice).post(f"/movies/{film.pk}/poster/", given)
    assert answer.status_code == 422
    assert "This is no picture that can be read." in answer.content.decode()


def test_only_its_owner_is_offered_it(browser: Browser, alice: User, bob: User, film: Movie):
    path = f"/movies/{film.pk}/poster/"
    assert path in browser(alice).get(f"/movies/{film.pk}/").content.decode()
    assert browser(bob).post(path, {"poster-file": SimpleUploadedFile("x.png", b"x")}).status_code == 404


@pytest.mark.parametrize(("quota", "says"), [(0, "take up 4.8"), (10_000_000, "of the 9.5")])
def test_the_library_says_what_is_used(browser: Browser, alice: User, film: Movie, settings, quota: int, says: str):
    settings.UPLOAD_QUOTA_USER = quota
    assert says in browser(alice).get("/movies/").content.decode().replace("\xa0", " ")
