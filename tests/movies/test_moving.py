"""``manage.py move_media``: into the bucket and back, through any interruption, without losing a film."""

import fcntl
import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import httpx
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from movies import bucket as adapter
from movies import moving, storage
from movies.models import Movie, Previews, Rendition, Subtitle
from movies.two_places import TwoPlaces
from tests.movies.conftest import CONTENT

Fetch = Callable[..., Any]


class Killed(BaseException):
    """Nothing catches it, so nothing is tidied up, as after kill -9."""


@pytest.fixture
def movie(make_movie: Callable[..., Movie], alice: User) -> Movie:
    """One with a poster, previews, a smaller size and a track, made before there was a bucket."""
    made = make_movie(alice, poster=storage.keep(ContentFile(b"jpeg"), storage.new_name("posters", ".jpg")))
    track = storage.keep(ContentFile(b"WEBVTT\n"), storage.new_name("subtitles", ".vtt"))
    Subtitle.objects.create(movie=made, language="en", file=track)
    sheet = storage.keep(ContentFile(b"sheet"), storage.new_name("previews", ".jpg"))
    Previews.objects.create(movie=made, file=sheet)
    sized = storage.keep(ContentFile(b"smaller"), storage.new_name("renditions", ".mp4"))
    Rendition.objects.create(movie=made, side=90, file=sized)
    return made


@pytest.fixture
def places(movie: Movie, bucket: TwoPlaces) -> TwoPlaces:
    return bucket


def move(to: str, *options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("move_media", "--to", to, "--json", *options, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def watched(fetch: Fetch, movie: Movie) -> bytes:
    answer = fetch(f"/api/v1/movies/{movie.pk}/stream/", movie.owner)
    assert answer.status_code in (200, 302)
    body: bytes = httpx.get(answer["Location"]).content if answer.status_code == 302 else answer.body
    return body


def all_names(movie: Movie) -> list[str]:
    return [movie.file, movie.poster, movie.previews.file, movie.subtitles.get().file, movie.renditions.get().file]


def test_there_and_back(places: TwoPlaces, movie: Movie, fetch: Fetch) -> None:
    size = len(CONTENT) + len(b"jpeg") + len(b"sheet") + len(b"smaller") + len(b"WEBVTT\n")
    assert move("gcs", "--dry-run") == {"files": 5, "bytes": size, "different": []}
    assert move("gcs") == {"files": 5, "bytes": size, "different": []}
    assert not any(places.disk.exists(name) for name in all_names(movie))
    assert places.bucket.known(movie.file).content_type == "video/mp4"
    assert places.bucket.known(movie.subtitles.get().file).content_type == "text/vtt"
    assert watched(fetch, movie) == CONTENT
    assert move("gcs")["files"] == 0
    assert move("local")["files"] == 5
    assert not any(places.bucket.exists(name) for name in all_names(movie))
    assert watched(fetch, movie) == CONTENT
    assert move("local")["files"] == 0


STEPS = [
    *[("gcs", adapter.BucketStorage, step) for step in ("_save", "label")],
    ("gcs", FileSystemStorage, "delete"),
    *[("local", adapter.BucketStorage, step) for step in ("download", "delete")],
    ("local", FileSystemStorage, "_save"),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("to", "kind", "step"), STEPS, ids=[f"{to}-{step}" for to, _, step in STEPS])
def test_killed_at_any_step_no_film_is_lost(
    places: TwoPlaces, movie: Movie, fetch: Fetch, to: str, kind: Any, step: str, when: str
) -> None:
    if to == "local":
        move("gcs")
    done = getattr(kind, step)

    def killed(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            done(*args, **kwargs)
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, step, killed)
        with pytest.raises(Killed):
            move(to)
    assert watched(fetch, movie) == CONTENT
    assert move(to)["different"] == []
    assert watched(fetch, movie) == CONTENT
    assert {places.disk.exists(name) for name in all_names(movie)} == {to == "local"}
    assert {places.bucket.exists(name) for name in all_names(movie)} == {to == "gcs"}


def test_another_file_of_that_name_is_refused_and_both_are_kept(places: TwoPlaces, movie: Movie, fetch: Fetch) -> None:
    places.bucket.save(movie.file, ContentFile(CONTENT[:-1] + b"?"))
    with pytest.raises(CommandError, match=movie.file):
        move("gcs")
    assert watched(fetch, movie) == CONTENT
    assert places.bucket.exists(movie.file)
    assert not places.disk.exists(movie.poster)


def test_one_that_is_processed_is_left_for_the_next_time(places: TwoPlaces, movie: Movie) -> None:
    Movie.objects.update(status=Movie.Status.PROCESSING)
    assert move("gcs")["files"] == 2
    assert places.disk.exists(movie.file)
    Movie.objects.update(status=Movie.Status.READY)
    Previews.objects.update(held_until=timezone.now() + timedelta(hours=1))
    move("gcs")
    assert places.disk.exists(movie.file)


def test_one_that_is_deleted_meanwhile_leaves_nothing(
    places: TwoPlaces, movie: Movie, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = adapter.BucketStorage.label

    def deleted_first(self: adapter.BucketStorage, name: str, content_type: str) -> None:
        label(self, name, content_type)
        Movie.objects.all().delete()

    names = all_names(movie)
    monkeypatch.setattr(adapter.BucketStorage, "label", deleted_first)
    move("gcs")
    assert not any(places.exists(name) for name in names)


def test_one_move_at_a_time(places: TwoPlaces) -> None:
    with moving.lock_path().open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="already"):
            move("gcs")


def test_without_a_bucket_it_says_what_is_missing(movie: Movie) -> None:
    with pytest.raises(CommandError, match="GS_BUCKET_NAME"):
        move("gcs")
