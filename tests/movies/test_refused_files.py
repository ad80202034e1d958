"""What claims to be a movie and is none, or none that can be played: ``failed``, with words that say why."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from movies.confined import probe
from movies.signals import movie_failed
from tests.movies.clips import box, boxes, clip, with_tracks
from tests.movies.conftest import Processed

UNREADABLE = "can't be read as a movie"
MP4_HEAD = box(b"ftyp", b"isom\x00\x00\x02\x00isomiso2mp41")


def test_it_works(processed: Processed, film: Path) -> None:
    assert processed(film).status == "ready"


def truncated_in_the_middle(film: Path) -> bytes:
    return film.read_bytes()[: film.stat().st_size * 2 // 3]


def without_index(film: Path) -> bytes:
    return b"".join(box(kind, content) for kind, content in boxes(film.read_bytes()) if kind != b"moov")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(truncated_in_the_middle, "cut off", id="truncated"),
        pytest.param(without_index, UNREADABLE, id="no index"),
        pytest.param(lambda film: MP4_HEAD, UNREADABLE, id="head alone"),
        pytest.param(lambda film: MP4_HEAD + b"#EXTM3U\nfile:///etc/passwd", UNREADABLE, id="playlist behind a head"),
        pytest.param(lambda film: b"\x1a\x45\xdf\xa3" + b"\x00" * 2000, UNREADABLE, id="matroska rubbish"),
        pytest.param(lambda film: MP4_HEAD + b"\xff" * 5000, UNREADABLE, id="mp4 rubbish"),
        pytest.param(lambda film: b"\x00\x00\x00\x01moov\xff\xff\xff\xff\xff\xff\xff\xff", UNREADABLE, id="sizes lie"),
    ],
)
def test_broken_files(processed: Processed, film: Path, make: Callable[[Path], bytes], says: str) -> None:
    movie = processed(make(film))
    assert movie.status == "failed"
    assert says in movie.error


def test_no_tracks(processed: Processed, film: Path, tmp_path: Path) -> None:
    assert "no video" in processed(with_tracks(film, tmp_path / "none.mp4", 0)).error


def test_seventy_tracks(processed: Processed, film: Path, tmp_path: Path) -> None:
    assert "too many tracks" in processed(with_tracks(film, tmp_path / "many.mp4", 35)).error


def test_sound_alone(processed: Processed, tmp_path: Path) -> None:
    assert "no video" in processed(clip(tmp_path / "sound.mp4", video=None)).error


def test_a_picture_of_16_thousand_pixels(processed: Processed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = clip(tmp_path / "wide.mp4", size=(16384, 64), seconds=0.1, audio=None)
    error = processed(wide).error
    assert "16384" in error
    assert "8192" in error
    # Nor is one decoded, which may take a gigabyte.
    monkeypatch.setattr(probe, "rotation", lambda *_: pytest.fail("decoded"))
    assert probe.probe(str(wide)).video.coded_width == 16384


def test_a_movie_that_never_ends(processed: Processed, tmp_path: Path) -> None:
    assert "24 hours" in processed(clip(tmp_path / "endless.mp4", gap=2_000_000, audio=None)).error


def test_its_file_goes_and_others_hear_of_it(processed: Processed, django_capture_on_commit_callbacks: Any) -> None:
    heard: list[str] = []

    def hear(movie_id: str, **kwargs: Any) -> None:
        heard.append(movie_id)

    movie_failed.connect(hear)
    before = set(settings.DATA.rglob("*.*"))
    with django_capture_on_commit_callbacks(execute=True):
        movie = processed(MP4_HEAD)
    assert heard == [str(movie.pk)]
    assert movie.file == ""
    assert {path.suffix for path in set(settings.DATA.rglob("*.*")) - before} <= {".sqlite3-journal"}
