"""A film's page: its owner adds subtitles there and removes them."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from movies.models import Movie, Subtitle
from tests.pages.conftest import Browser

SRT = b"1\n00:00:01,000 --> 00:00:02,000\nHello\n"


def post(client: Any, film: Movie, content: bytes = SRT, language: str = "de", label: str = "") -> Any:
    given = {
        "subtitles-file": SimpleUploadedFile("film.srt", content),
        "subtitles-language": language,
        "subtitles-label": label,
    }
    return client.post(f"/movies/{film.pk}/subtitles/", given, follow=True)


def test_it_works(browser: Browser, alice: User, film: Movie):
    client = browser(alice)
    html = post(client, film, label="Für alle").content.decode()
    assert "The subtitles are added." in html
    assert "Für alle" in html
    track = Subtitle.objects.get()
    html = client.post(f"/movies/{film.pk}/subtitles/{track.pk}/remove/", follow=True).content.decode()
    assert "The subtitles are removed." in html
    assert not Subtitle.objects.exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [({"content": b""}, "empty"), ({"content": b"\x00"}, "no subtitles"), ({"language": "english"}, "BCP 47")],
)
def test_a_refusal_is_said_at_the_field(browser: Browser, alice: User, film: Movie, given: dict[str, Any], says: str):
    answer = post(browser(alice), film, label="For Bob", **given)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert says in html
    assert html.count('aria-invalid="true"') == 1
    assert 'value="For Bob"' in html
    assert not Subtitle.objects.exists()


def test_others_find_nothing(browser: Browser, bob: User, film: Movie):
    track = Subtitle.objects.create(movie=film, language="en", file="x")
    assert post(browser(bob), film).status_code == 404
    assert browser(bob).post(f"/movies/{film.pk}/subtitles/{track.pk}/remove/").status_code == 404
    assert Subtitle.objects.count() == 1
