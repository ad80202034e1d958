"""The subtitles that a movie brings along are taken out while it is processed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from movies import confined, embedded, processing, services, storage
from movies.confined.answers import Tracks
from movies.models import Movie
from tests.movies.subtitled import subtitled

Imported = Callable[[Path], Movie]
SRT = "1\n00:00:00,500 --> 00:00:01,500\n<script>Hello</script> <i>there</i>\n"
ASS = (
    "[Script Info]\nScriptType: v4.00+\n[V4+ Styles]\n"
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic\n"
    "Style: Default,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,-1\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:00.50,0:00:01.50,Default,,0,0,0,,{\\pos(9,9)}Hallo\\NWelt\n"
)


@pytest.fixture(scope="module")
def with_tracks(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tracks")
    (folder / "en.srt").write_text(SRT)
    (folder / "de.ass").write_text(ASS)
    (folder / "none.srt").write_text(SRT.replace("Hello", "").replace("there", ""))
    tracks = [
        (folder / "en.srt", "eng", "English\x07 for all " + "x" * 90),
        (folder / "de.ass", "ger", ""),
        (folder / "none.srt", "fre", "without a word"),
        (folder / "en.srt", "../x", ""),
    ]
    return subtitled(film, folder / "film.mkv", tracks)


@pytest.fixture
def imported(alice: User) -> Imported:
    return lambda path: services.import_file(owner=alice, path=path, title="A film")


def test_it_works(imported: Imported, with_tracks: Path) -> None:
    movie = imported(with_tracks)
    assert (movie.status, movie.error) == ("ready", "")
    tracks = {track.language: track for track in movie.subtitles.all()}
    assert set(tracks) == {"en", "de", "und"}
    label = tracks["en"].label
    assert label.startswith("English for all xxx")
    assert len(label) == 60
    english, german = (Path(storage.media().path(tracks[code].file)).read_text("utf-8") for code in ("en", "de"))
    assert english.startswith("WEBVTT\n\n00:00:00.5")
    assert english.endswith("\nHello <i>there</i>\n")
    assert german.endswith("\n<i>Hallo\nWelt</i>\n")


def test_a_movie_without_has_none(imported: Imported, film: Path) -> None:
    assert not imported(film).subtitles.exists()


def test_subtitles_that_cant_be_read_cost_no_movie(
    imported: Imported, with_tracks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = confined.run

    def breaking(program: str, *arguments: str, **rest: object) -> object:
        if program == "tracks":
            raise confined.Broken("out of time")
        return run(program, *arguments, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(confined, "run", breaking)
    movie = imported(with_tracks)
    assert (movie.status, movie.subtitles.count()) == ("ready", 0)


def test_a_damaged_end_leaves_what_came_before(with_tracks: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "film.mkv"
    content = with_tracks.read_bytes()
    damaged.write_bytes(content[: len(content) * 3 // 4] + b"\xff" * 2000)
    found = confined.run("tracks", str(damaged), str(tmp_path), answer=Tracks, seconds=60, writes=2**20)
    assert {track.language for track in found.tracks} >= {"eng", "ger"}


def test_one_deleted_meanwhile_leaves_no_file(
    alice: User, with_tracks: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    movie = services.import_file(owner=alice, path=with_tracks, process_now=False)
    take_out, taken = embedded.take_out, list[embedded.Embedded]()
    before = set(Path(storage.media().path("subtitles")).rglob("*.vtt"))

    def deleting(*arguments: Path, seconds: float) -> tuple[embedded.Embedded, ...]:
        services.delete(by=alice, movie=movie)
        taken.extend(take_out(*arguments, seconds=seconds))
        return tuple(taken)

    monkeypatch.setattr(embedded, "take_out", deleting)
    with django_capture_on_commit_callbacks(execute=True):
        processing.process(movie.pk)
    assert len(taken) == 3
    assert set(Path(storage.media().path("subtitles")).rglob("*.vtt")) == before
