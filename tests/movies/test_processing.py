"""The job that makes a movie ready: packing, posters, and beginning again."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import pytest
from django.utils import timezone

from accounts.models import User
from movies import processing, services, storage, tasks
from movies.containers import mp4_layout
from movies.models import Movie
from movies.signals import movie_ready
from tests.movies.clips import clip

Imported = Callable[[Path], Movie]


@pytest.fixture
def imported(alice: User) -> Imported:
    return lambda path: services.import_file(owner=alice, path=path, title="A film")


def stored(name: str) -> Path:
    return Path(storage.media().path(name))


def seen(path: Path) -> tuple[tuple[int, int], str]:
    """Size of a picture of the test clip, and at which edge it is darkest (above, as it was drawn)."""
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0)).reformat(format="gray")
    assert isinstance(frame, av.VideoFrame)
    plane, width, height = frame.planes[0], frame.width, frame.height
    rows = bytes(plane)
    edges = {
        "above": rows[width // 2],
        "below": rows[(height - 1) * plane.line_size + width // 2],
        "left": rows[height // 2 * plane.line_size],
        "right": rows[height // 2 * plane.line_size + width - 1],
    }
    return (width, height), min(edges, key=lambda edge: edges[edge])


def test_it_works(imported: Imported, film: Path) -> None:
    movie = imported(film)
    assert (movie.status, movie.error) == ("ready", "")
    assert movie.duration == pytest.approx(2, abs=0.1)
    assert (movie.width, movie.height) == (320, 180)
    assert movie.codecs == {"container": "mp4", "video": "h264", "audio": "aac"}
    assert movie.content_type == "video/mp4"
    assert movie.ready_at is not None
    # Nothing had to be packed anew: the very bytes that were given.
    assert stored(movie.file).read_bytes() == film.read_bytes()
    assert movie.size == film.stat().st_size
    assert seen(stored(movie.poster)) == ((320, 180), "above")


@pytest.mark.parametrize(
    ("options", "container", "codecs"),
    [
        ({}, "mp4", ("h264", "aac")),
        ({"movflags": "frag_keyframe+empty_moov"}, "mp4", ("h264", "aac")),
        ({"container": "mov", "movflags": "+faststart"}, "mp4", ("h264", "aac")),
        ({"container": "matroska"}, "mp4", ("h264", "aac")),
        ({"container": "matroska", "audio": None}, "mp4", ("h264", None)),
        ({"container": "matroska", "video": "libvpx", "audio": "libopus"}, "webm", ("vp8", "opus")),
        ({"container": "webm", "video": "libvpx-vp9", "audio": "libopus", "live": "1"}, "webm", ("vp9", "opus")),
    ],
    ids=["index at the end", "fragmented", "QuickTime", "Matroska", "silent", "VP8 in Matroska", "recorded WebM"],
)
def test_what_browsers_need_is_packed_anew(
    imported: Imported, tmp_path: Path, options: dict[str, Any], container: str, codecs: tuple[str, str | None]
) -> None:
    source = clip(tmp_path / "source", **options)
    movie = imported(source)
    assert (movie.status, movie.error) == ("ready", "")
    assert movie.codecs == {"container": container, "video": codecs[0], "audio": codecs[1]}
    assert movie.content_type == f"video/{container}"
    assert movie.file.endswith(container)
    assert movie.duration == pytest.approx(2, abs=0.15)
    assert movie.size == stored(movie.file).stat().st_size
    if container == "mp4":
        with stored(movie.file).open("rb") as file:
            layout = mp4_layout(file, movie.size)
        assert layout.faststart
        assert not layout.fragmented
        assert not layout.truncated


def test_the_packed_file_replaces_the_uploaded_one(
    imported: Imported, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    before = set(stored("movies").rglob("*.*"))
    with django_capture_on_commit_callbacks(execute=True):
        movie = imported(clip(tmp_path / "late.mp4"))
    assert set(stored("movies").rglob("*.*")) - before == {stored(movie.file)}


@pytest.mark.parametrize(
    ("degrees", "size", "darkest"), [(90, (180, 320), "left"), (-90, (180, 320), "right"), (180, (320, 180), "below")]
)
def test_a_turned_video_is_shown_upright(
    imported: Imported, tmp_path: Path, degrees: int, size: tuple[int, int], darkest: str
) -> None:
    movie = imported(clip(tmp_path / "phone.mp4", rotation=degrees, movflags="+faststart"))
    assert (movie.width, movie.height) == size
    assert seen(stored(movie.poster)) == (size, darkest)


def test_others_hear_of_it(imported: Imported, film: Path) -> None:
    heard: list[tuple[str, float]] = []

    def hear(movie_id: str, duration: float, **kwargs: Any) -> None:
        heard.append((movie_id, duration))

    movie_ready.connect(hear)
    movie = imported(film)
    assert heard == [(str(movie.pk), movie.duration)]


def test_a_second_run_changes_nothing(imported: Imported, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    movie = imported(film)
    monkeypatch.setattr(processing, "_work", lambda movie: pytest.fail("worked twice"))
    processing.process(movie.pk)
    assert Movie.objects.get().ready_at == movie.ready_at


def test_one_that_somebody_holds_is_left_alone(alice: User, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    movie = services.import_file(owner=alice, path=film, process_now=False)
    Movie.objects.update(held_until=timezone.now() + timedelta(minutes=1))
    monkeypatch.setattr(processing, "_work", lambda movie: pytest.fail("worked twice"))
    processing.process(movie.pk)
    assert processing.unfinished() == []


def test_what_a_dead_worker_left_is_taken_up_when_one_starts(alice: User, film: Path) -> None:
    movie = services.import_file(owner=alice, path=film, process_now=False)
    Movie.objects.update(held_until=timezone.now() + timedelta(hours=1), attempts=1)
    tasks.resume()
    movie.refresh_from_db()
    assert movie.status == "ready"


def test_a_hold_runs_out(alice: User, film: Path) -> None:
    movie = services.import_file(owner=alice, path=film, process_now=False)
    Movie.objects.update(held_until=timezone.now() - timedelta(seconds=1), attempts=1)
    tasks.take_up_unfinished.call_local()
    movie.refresh_from_db()
    assert movie.status == "ready"


def test_a_file_that_kills_its_worker_each_time_is_given_up(alice: User, film: Path) -> None:
    movie = services.import_file(owner=alice, path=film, process_now=False)
    Movie.objects.update(attempts=processing.MAX_ATTEMPTS)
    processing.process(movie.pk)
    movie.refresh_from_db()
    assert movie.status == "failed"
    assert "given up" in movie.error


def test_one_deleted_meanwhile_leaves_no_file(
    alice: User, film: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    movie = services.import_file(owner=alice, path=film, process_now=False)
    work = processing._work
    made: list[str] = []

    def deleting(movie: Movie) -> Any:
        result = work(movie)
        made.extend([result.file, result.poster])
        services.delete(by=alice, movie=movie)
        return result

    monkeypatch.setattr(processing, "_work", deleting)
    with django_capture_on_commit_callbacks(execute=True):
        processing.process(movie.pk)
    assert not any(stored(name).exists() for name in made)


def test_leftovers_are_swept_after_a_day(settings: Any) -> None:
    import os
    import time

    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    (folder / "job-old").mkdir()
    (folder / "job-old" / "movie.mp4").touch()
    (folder / "old.upload").touch()
    (folder / "new.upload").touch()
    for name in ("job-old", "old.upload"):
        os.utime(folder / name, (time.time() - 90_000,) * 2)
    assert storage.sweep_leftovers() == 2
    assert [path.name for path in folder.iterdir()] == ["new.upload"]
    (folder / "new.upload").unlink()
