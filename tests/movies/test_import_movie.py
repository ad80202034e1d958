"""``manage.py import_movie``, and the demo clip, which is imported the same way."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import User
from movies import services, storage
from movies.models import Movie
from movies.services import SubtitleFile
from tests.movies.elsewhere import Elsewhere

DEMO = settings.BASE_DIR / "movies" / "demo"


def imported(*arguments: str) -> str:
    out = io.StringIO()
    call_command("import_movie", *arguments, stdout=out)
    return out.getvalue()


def test_it_works(alice: User, film: Path) -> None:
    said = imported(str(film), "--owner", "ALICE", "--title", "A film")
    movie = Movie.objects.get()
    assert (movie.owner, movie.title, movie.status) == (alice, "A film", "ready")
    assert str(movie.pk) in said
    assert film.exists()


def test_its_answer_for_scripts(alice: User, film: Path) -> None:
    answer = json.loads(imported(str(film), "--owner", "alice", "--json"))
    assert answer["status"] == "ready"
    assert answer["title"] == "film"
    assert answer["id"] == str(Movie.objects.get().pk)


def test_the_first_superuser_owns_it_otherwise(alice: User, film: Path) -> None:
    with pytest.raises(CommandError, match="--owner"):
        imported(str(film))
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    imported(str(film))
    assert Movie.objects.get().owner == alice


def test_what_can_not_be_played_is_an_error(alice: User, tmp_path: Path) -> None:
    path = tmp_path / "page.mp4"
    path.write_text("<html>")
    with pytest.raises(CommandError, match="not a movie"):
        imported(str(path), "--owner", "alice")
    path.write_bytes(b"\x00\x00\x00\x10ftypisom" + bytes(4))
    with pytest.raises(CommandError, match="can't be played"):
        imported(str(path), "--owner", "alice")


@pytest.mark.parametrize("arguments", [["/nowhere/film.mp4"], ["/"]])
def test_a_missing_file_is_an_error(alice: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="no file"):
        imported(*arguments, "--owner", "alice")


def test_an_unknown_owner_is_an_error(alice: User, film: Path) -> None:
    with pytest.raises(CommandError, match="no user"):
        imported(str(film), "--owner", "nobody")


def test_the_demo_clip(alice: User) -> None:
    captions = [
        SubtitleFile(DEMO / f"demo.{code}.vtt", code, label) for code, label in (("en", "English"), ("de", "Deutsch"))
    ]
    movie = services.import_file(owner=alice, path=DEMO / "demo.mp4", title="Demo clip", subtitles=captions)
    assert (movie.status, movie.error) == ("ready", "")
    assert movie.duration == pytest.approx(72, abs=0.1)
    assert movie.codecs == {"container": "mp4", "video": "h264", "audio": "aac"}
    # As it lies in the repository: nothing has to be packed on a first start.
    assert movie.size == (DEMO / "demo.mp4").stat().st_size
    assert [track.language for track in movie.subtitles.all()] == ["de", "en"]
    with storage.media().open(movie.subtitles.get(language="en").file) as file:
        assert file.read() == (DEMO / "demo.en.vtt").read_bytes()


def test_the_demo_is_small_and_free() -> None:
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 1_500_000
    assert "CC0" in (DEMO / "LICENSE").read_text()


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_demos_captions_fit_its_length(language: str) -> None:
    text = (DEMO / f"demo.{language}.vtt").read_text()
    assert text.startswith("WEBVTT\n")
    times = [int(m) * 60 + float(s) for m, s in re.findall(r"(\d\d):(\d\d\.\d{3})", text)]
    assert times == sorted(times)
    assert times[-1] <= 72


def test_one_that_lies_elsewhere(alice: User, film: Path, settings: Any) -> None:
    settings.EXTERNAL_MOVIE_NETWORKS = ["127.0.0.0/8"]
    elsewhere = Elsewhere(files={"/Old%20film.mp4": film.read_bytes()}).start()
    said = imported(elsewhere.url("/Old%20film.mp4"), "--owner", "alice")
    elsewhere.stop()
    movie = Movie.objects.get()
    assert (movie.title, movie.status, movie.file) == ("Old film", "ready", "")
    assert str(movie.pk) in said
    with pytest.raises(CommandError, match="private network"):
        imported("http://10.0.0.1/film.mp4", "--owner", "alice")
