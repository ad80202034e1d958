"""What browsers can't play is made anew: other codecs, the same pictures at the same times."""

import math
import subprocess
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from accounts.models import User
from movies import claims, confined, packing, processing, services
from movies.confined.answers import Facts
from movies.models import Movie
from movies.packing import Packed
from tests.movies.clips import RATE, clip

Pack = Callable[..., tuple[Path, Packed]]


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Encoding it takes a while."""
    path = tmp_path_factory.mktemp("long") / "long.avi"
    return clip(path, container="avi", video="mpeg4", audio="mp3", seconds=4, size=(1280, 720))


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """``pack(options of a clip…)``: the clip, and what was made of it."""

    def pack(**options: Any) -> tuple[Path, Packed]:
        source = clip(tmp_path / "source", **({"seconds": 1} | options))
        return source, packing.pack(source, tmp_path, meanwhile=lambda done: None)

    return pack


@dataclass
class Track:
    """``times`` in seconds; ``kind``: pixel format and size, or layout and rate."""

    codec: str
    times: list[float]
    kind: tuple[Any, ...]
    packets: list[bytes]


def pictures(path: Path) -> Track:
    with av.open(str(path)) as file:
        packets = [bytes(packet) for packet in file.demux(video=0) if packet.size]
    with av.open(str(path)) as file:
        frames = list(file.decode(video=0))
        first = frames[0]
        times = [float(frame.time or 0) for frame in frames]
        codec = file.streams.video[0].codec_context.name
    return Track(codec, times, (first.format.name, first.width, first.height), packets)


def sound(path: Path) -> Track:
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
        first, last = frames[0], frames[-1]
        times = [float(first.time or 0), float(last.time or 0) + last.samples / last.sample_rate]
        codec = file.streams.audio[0].codec_context.name
    return Track(codec, times, (first.layout.name, first.sample_rate), [])


def loudness(path: Path) -> float:
    """Of the middle of the first channel, from 0 to 1 (root mean square)."""
    with av.open(str(path)) as file:
        made = av.AudioResampler(format="flt", layout="mono")
        values = array("f")
        for frame in file.decode(audio=0):
            for piece in made.resample(frame):
                values.frombytes(bytes(piece.planes[0])[: piece.samples * 4])
    middle = values[len(values) // 4 : len(values) * 3 // 4]
    return math.sqrt(sum(value * value for value in middle) / len(middle))


@pytest.mark.parametrize(
    ("options", "video", "audio"),
    [
        ({"container": "mov", "video": "mpeg4", "audio": "pcm_s16le"}, "mpeg4", "pcm_s16le"),
        ({"video": "libx265", "pixels": "yuv420p10le"}, "hevc", "aac"),
        ({"container": "avi", "video": "mpeg4", "audio": "mp3"}, "mpeg4", "mp3float"),
        ({"container": "matroska", "video": "mpeg2video", "audio": "ac3", "layout": "5.1"}, "mpeg2video", "ac3"),
        ({"pixels": "yuv444p", "size": (321, 181), "missing": 3}, "h264", "aac"),
    ],
    ids=["MOV MPEG-4 PCM", "MP4 HEVC 10 bit", "AVI MPEG-4 MP3", "MKV MPEG-2 AC-3 5.1", "4:4:4, odd, uneven"],
)
def test_other_codecs_at_the_same_times(pack: Pack, options: dict[str, Any], video: str, audio: str) -> None:
    source, made = pack(**options)
    before, after = pictures(source), pictures(made.path)
    assert (before.codec, sound(source).codec) == (video, audio)
    assert (after.codec, after.kind) == ("h264", ("yuv420p", 320, 180))
    assert made.plan.codecs == {"container": "mp4", "video": "h264", "audio": "aac"}
    # Each picture when it was shown before, and the movie as long, to less than a picture.
    assert after.times == pytest.approx(before.times, abs=0.002)
    heard_before, heard = sound(source), sound(made.path)
    assert heard.codec == "aac"
    assert heard.kind[0] in {"mono", "stereo"}
    assert heard.times == pytest.approx(heard_before.times, abs=1 / RATE / 2)
    assert loudness(made.path) == pytest.approx(loudness(source), rel=0.3)
    assert made.facts.duration is not None
    assert made.facts.duration == pytest.approx(max(before.times[-1] + 1 / RATE, heard_before.times[1]), abs=1 / RATE)


def test_only_the_sound_is_made_anew_where_the_pictures_play(pack: Pack) -> None:
    source, made = pack(container="matroska", audio="ac3", layout="5.1")
    assert pictures(made.path).times == pytest.approx(pictures(source).times, abs=0.002)
    assert len(pictures(made.path).packets) == len(pictures(source).packets)
    assert sum(map(len, pictures(made.path).packets)) == sum(map(len, pictures(source).packets))
    assert (made.plan.encode_video, sound(made.path).codec, sound(made.path).kind[0]) == (False, "aac", "stereo")


def test_many_processors_cut_no_picture_into_slices(pack: Pack, settings: Any) -> None:
    settings.PROCESSORS = 8
    _, made = pack(video="mpeg4", audio=None)
    for packet in pictures(made.path).packets:
        # ISO/IEC 14496-15: before each unit its length; its kind has five bits, and 1 and 5 are slices.
        kinds = []
        while packet:
            kinds.append(packet[4] & 31)
            packet = packet[4 + int.from_bytes(packet[:4]) :]
        assert sum(kind in {1, 5} for kind in kinds) == 1


def test_vp8_stays_in_a_webm(pack: Pack) -> None:
    _, made = pack(container="matroska", video="libvpx", audio="aac")
    assert made.plan.codecs == {"container": "webm", "video": "vp8", "audio": "opus"}
    assert (pictures(made.path).codec, sound(made.path).codec) == ("vp8", "opus")


def test_a_turned_video_is_made_upright(pack: Pack) -> None:
    _, made = pack(video="mpeg4", rotation=90, audio=None)
    assert pictures(made.path).kind == ("yuv420p", 180, 320)
    assert (made.facts.video.width, made.facts.video.height) == (180, 320)


def test_more_than_full_hd_is_made_smaller(pack: Pack) -> None:
    _, made = pack(video="mpeg4", size=(3840, 1600), audio=None, seconds=0.2)
    assert pictures(made.path).kind[1:] == (1920, 800)


def test_a_damaged_spot_is_left_out(tmp_path: Path) -> None:
    whole = clip(tmp_path / "whole", container="avi", video="mpeg4", audio="mp3").read_bytes()
    start = whole.index(b"movi") + (len(whole) - whole.index(b"movi")) // 3
    source = tmp_path / "damaged"
    source.write_bytes(whole[:start] + b"\x00\xff" * 400 + whole[start + 800 :])
    made = packing.pack(source, tmp_path, meanwhile=lambda done: None)
    assert made.facts.duration == pytest.approx(2, abs=0.3)


def test_it_says_how_far_it_is(long: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "PULSE_SECONDS", 0.02)
    told: list[float | None] = []
    packing.pack(long, tmp_path, meanwhile=told.append)
    said = [done for done in told if done is not None]
    assert told[0] is None
    assert said == sorted(said)
    assert len(set(said)) > 3
    assert 0 < said[0] < said[-1] <= 1


def test_a_full_disk_is_told(film: Path, tmp_path: Path) -> None:
    with pytest.raises(confined.Refused) as refused:
        confined.run(
            *("transcode", str(film), "/dev/full", "mp4", "encode", "encode", "2", "1", "-"), answer=Facts, seconds=60
        )
    assert refused.value.reason == "no_space"


def test_it_writes_no_more_than_it_may(tmp_path: Path) -> None:
    source = clip(tmp_path / "source", container="mov", video="mpeg4", audio="pcm_s16le", seconds=4)
    out = tmp_path / "out"
    arguments = str(source), str(out), "mp4", "copy", "copy", "4", "1", str(tmp_path / "poster")
    with pytest.raises(confined.Refused) as refused:
        confined.run("transcode", *arguments, answer=Facts, seconds=60)
    assert refused.value.reason == "too_large"
    assert out.stat().st_size <= confined.ANSWER_BYTES


def test_deleting_the_movie_ends_its_job(
    alice: User, long: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(confined, "PULSE_SECONDS", 0.02)
    movie = services.import_file(owner=alice, path=long, process_now=False)
    keeping = processing._keeping
    children: list[int] = []
    seen: list[float] = []

    def deleting(movie: Movie) -> Callable[[float | None], None]:
        keep = keeping(movie)

        def kept(done: float | None) -> None:
            if done:
                movie.refresh_from_db()
                seen.append(done)
                services.delete(by=alice, movie=movie)
            keep(done)

        return kept

    monkeypatch.setattr(processing, "_keeping", deleting)
    real = subprocess.Popen

    def noting(*args: Any, **kwargs: Any) -> Any:
        process = real(*args, **kwargs)
        children.append(process.pid)
        return process

    monkeypatch.setattr(subprocess, "Popen", noting)
    processing.process(movie.pk)
    assert len(seen) == 1
    assert seen[0] < 1
    # The probe and the transcoder, which is gone, and no poster was begun; nothing lies about.
    assert len(children) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
    assert not any(path.name.startswith("job-") for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())
    assert not Movie.objects.exists()


def test_the_progress_stands_in_the_movie(alice: User, film: Path, api: Any) -> None:
    movie = services.import_file(owner=alice, path=film, process_now=False)
    Movie.objects.update(attempts=1)
    movie.refresh_from_db()
    keep = processing._keeping(movie)
    keep(0.25)
    url = f"/api/v1/movies/{movie.pk}/"
    assert api(alice).get(url).json()["progress"] == 0.25
    movie.refresh_from_db()
    assert movie.held_until is not None
    processing.release_all()
    processing.process(movie.pk)
    shown = api(alice).get(url).json()
    assert (shown["status"], shown["progress"]) == ("ready", None)


def test_a_database_that_is_away_for_a_moment_ends_no_job(
    alice: User, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    movie = services.import_file(owner=alice, path=film, process_now=False)
    keep = processing._keeping(movie)

    def away(movie: Movie) -> None:
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as patch:
        patch.setattr(processing, "_ours", away)
        keep(0.1)
        with time_machine.travel(timezone.now() + timedelta(days=1)), pytest.raises(OperationalError):
            keep(0.1)
    keep(0.2)
    movie.refresh_from_db()
    assert movie.progress == 0.2


def test_a_job_begun_anew_ends_the_one_before(alice: User, film: Path) -> None:
    movie = services.import_file(owner=alice, path=film, process_now=False)
    keep = processing._keeping(movie)
    keep(0.1)
    Movie.objects.update(attempts=movie.attempts + 1)
    with pytest.raises(claims.Cancelled):
        keep(0.1)
