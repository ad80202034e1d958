"""Files made to take time, memory or other files: refused in words, and within what a job may take."""

import math
import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from movies import confined, packing
from movies.confined import child
from movies.confined.answers import Made
from tests.movies.clips import clip, with_tracks
from tests.movies.conftest import Processed
from tests.movies.hostile import (
    avi_of_tracks,
    avi_that_lies,
    cluster,
    endless_fragments,
    fragmented,
    gigabytes_in_a_fragment,
    matroska,
    movie_of_another_file,
    mp4,
    of_size,
    offsets_that_lie,
    samples_that_lie,
    vp8,
    vp8_track,
)

Make = Callable[[Path], bytes]
CENTURIES = 200 * 365 * 86_400_000


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return vp8(tmp_path_factory.mktemp("vp8") / "film.webm")


def many_in_mp4(path: Path) -> bytes:
    return with_tracks(clip(path.with_suffix(".one"), seconds=0.3), path, 5_000).read_bytes()


def many_in_matroska(path: Path) -> bytes:
    return matroska(b"".join(map(vp8_track, range(1, 10_001))), cluster(0, b"?"))


def many_in_avi(path: Path) -> bytes:
    return avi_of_tracks(path, 10_000)


@pytest.mark.parametrize("make", [many_in_mp4, many_in_matroska, many_in_avi])
def test_ten_thousand_tracks(processed: Processed, tmp_path: Path, make: Make) -> None:
    assert processed(make(tmp_path / "many")).error == "There are too many tracks in this file."


def test_of_ten_thousand_tracks_few_are_opened(tmp_path: Path) -> None:
    """Each takes a decoder, which takes memory."""
    path = tmp_path / "many"
    path.write_bytes(many_in_matroska(path))
    with child._open(str(path)) as container:
        assert len(container.streams) == child.MAX_STREAMS


def whole_matroska(path: Path) -> bytes:
    return clip(path, container="matroska", seconds=1).read_bytes()


def whole_avi(path: Path) -> bytes:
    return clip(path, container="avi", video="mpeg4", audio="mp3", seconds=1).read_bytes()


@pytest.mark.parametrize("make", [mp4, fragmented, whole_matroska, whole_avi])
def test_what_is_cut_off(processed: Processed, tmp_path: Path, make: Make) -> None:
    whole = make(tmp_path / "whole")
    assert "cut off" in processed(whole[: len(whole) * 2 // 3]).error


@pytest.mark.parametrize("says", [float(CENTURIES), -1.0])
def test_a_length_of_centuries(processed: Processed, pictures: list[bytes], says: float) -> None:
    error = processed(matroska(vp8_track(), cluster(0, *pictures), says)).error
    assert error == "The file says that it is longer than 24 hours. It seems to be damaged."


@pytest.mark.parametrize("says", [math.inf, math.nan])
def test_a_length_that_is_no_number_is_found_out(processed: Processed, pictures: list[bytes], says: float) -> None:
    movie = processed(matroska(vp8_track(), cluster(0, *pictures), says))
    assert movie.status == "ready"
    assert movie.duration == pytest.approx(0.2, abs=0.1)


def test_centuries_in_a_file_that_says_no_length(processed: Processed, pictures: list[bytes]) -> None:
    first, *others = pictures
    error = processed(matroska(vp8_track(), cluster(0, first) + cluster(CENTURIES, *others), None)).error
    assert "24 hours" in error


def test_fragments_without_end(processed: Processed, tmp_path: Path) -> None:
    assert "24 hours" in processed(endless_fragments(tmp_path / "film.mp4")).error


def test_a_picture_of_16_thousand_pixels_in_a_small_film(processed: Processed, pictures: list[bytes]) -> None:
    error = processed(matroska(vp8_track(), cluster(0, of_size(pictures[0], 16_000), *pictures[1:]))).error
    assert error == "The picture is 16000 × 16000 pixels; at most 8192 a side can be played."


def test_a_few_kilobytes_that_ask_for_gigabytes(processed: Processed, tmp_path: Path) -> None:
    bomb = gigabytes_in_a_fragment(tmp_path / "film.mp4")
    assert len(bomb) < 10_000
    assert "too much time or memory" in processed(bomb).error
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < confined.MEMORY_BYTES


@pytest.mark.parametrize("make", [samples_that_lie, offsets_that_lie, avi_that_lies])
def test_false_lengths(processed: Processed, tmp_path: Path, make: Make) -> None:
    assert "No picture of its video can be decoded" in processed(make(tmp_path / "film")).error


def test_pictures_that_lie_in_another_file_are_not_looked_at(tmp_path: Path) -> None:
    other = clip(tmp_path / "other.mp4", seconds=1, audio=None)
    thief = movie_of_another_file(other, tmp_path / "film.mov")
    with pytest.raises(confined.Refused) as refused:
        confined.run("poster", *(str(thief), str(tmp_path / "poster.jpg"), "1"), answer=Made, seconds=60, writes=2**20)
    assert refused.value.reason == "no_picture"


def test_a_probe_that_hangs(processed: Processed, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is stopped takes no processor time: only the clock finds it."""
    children: list[int] = []
    real = subprocess.Popen

    def stopping(*args: Any, **kwargs: Any) -> Any:
        process = real(*args, **kwargs)
        os.kill(process.pid, signal.SIGSTOP)
        children.append(process.pid)
        return process

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", stopping)
        patch.setattr(packing, "PROBE_SECONDS", 0.2)
        assert "too much time or memory" in processed(film).error
    assert len(children) == 1
    assert not Path(f"/proc/{children[0]}").exists()
    assert not list(Path(settings.FILE_UPLOAD_TEMP_DIR).glob("job-*"))
    assert processed(film).status == "ready"
