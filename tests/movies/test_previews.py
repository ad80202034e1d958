"""Small pictures for the seek bar: made after a movie is ready, gone with it, and never in its way."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import pytest
from django.utils import timezone

from accounts.models import User
from movies import confined, previews, services, storage, tasks
from movies.confined.answers import Sheet
from movies.models import Movie, Previews
from tests.clips import make_clip
from tests.movies.clips import clip

Api = Callable[..., Any]


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key frame every two seconds, eleven in all."""
    return make_clip(tmp_path_factory.mktemp("films") / "long.mp4", seconds=22)


@pytest.fixture
def movie(alice: User, long_film: Path, make_movie: Callable[..., Movie]) -> Movie:
    return make_movie(alice, long_film.read_bytes(), duration=22.0)


@pytest.fixture
def none_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "run", lambda *args, **kwargs: pytest.fail("made once more"))


def sheet_of(path: Path, out: Path, duration: float) -> Sheet:
    return confined.run("previews", str(path), str(out), str(duration), answer=Sheet, seconds=60, writes=2**23)


def size_of(path: Path) -> tuple[int, int]:
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        return stream.width, stream.height


def test_it_works(movie: Movie, api: Api, alice: User, fetch: Any, tmp_path: Path) -> None:
    assert api(alice).get(f"/api/v1/movies/{movie.pk}/").json()["previews"] is None
    previews.make(movie.pk)
    shown = api(alice).get(f"/api/v1/movies/{movie.pk}/").json()["previews"]
    assert shown == {
        "url": f"/api/v1/movies/{movie.pk}/previews/",
        "width": 160,
        "height": 90,
        "columns": 10,
        "times": [pytest.approx(2 * number) for number in range(11)],
    }
    sheet = tmp_path / "sheet.jpg"
    sheet.write_bytes(fetch(shown["url"], alice).body)
    assert size_of(sheet) == (1600, 180)


def test_each_picture_is_of_its_time(long_film: Path, tmp_path: Path) -> None:
    made = sheet_of(long_film, tmp_path / "sheet.jpg", 22)
    with av.open(str(tmp_path / "sheet.jpg")) as file:
        frame = next(file.decode(video=0)).reformat(format="gray")
    assert isinstance(frame, av.VideoFrame)
    rows, line = bytes(frame.planes[0]), frame.planes[0].line_size
    for number, at in enumerate(made.times):
        start = (number // 10 * 90 + 45) * line + number % 10 * 160
        row = rows[start : start + 160]
        # The bar of the clip: 4 pixels further with each of 30 pictures a second, 16 of 320 wide, here half of it.
        bar = round(at * 30) * 4 % 320 // 2
        assert row.index(max(row)) in range(bar - 2, bar + 9)


def test_a_long_film_has_no_more_than_a_hundred(tmp_path: Path) -> None:
    film = clip(tmp_path / "long.mp4", video="mpeg4", audio=None, seconds=130, size=(64, 36), movflags="+faststart")
    made = sheet_of(film, tmp_path / "sheet.jpg", 130)
    assert 80 <= len(made.times) <= 100
    assert (made.width, made.height) == (64, 36)


@pytest.mark.parametrize(("rotation", "size"), [(90, (90, 160)), (180, (160, 90))])
def test_a_turned_film_is_shown_upright(tmp_path: Path, rotation: int, size: tuple[int, int]) -> None:
    film = clip(tmp_path / "phone.mp4", rotation=rotation, movflags="+faststart")
    made = sheet_of(film, tmp_path / "sheet.jpg", 2)
    assert (made.width, made.height, made.times) == (*size, [0.0])
    assert size_of(tmp_path / "sheet.jpg") == size


def test_they_follow_a_movie_that_became_ready(alice: User, film: Path) -> None:
    movie = services.import_file(owner=alice, path=film, process_now=False)
    tasks.process_movie(str(movie.pk))
    assert Movie.objects.get().status == "ready"
    assert Previews.objects.get().times == [0.0]


def test_a_movie_without_a_picture_for_them_plays_as_well(alice: User, make_movie: Callable[..., Movie]) -> None:
    movie = make_movie(alice)
    tasks.make_previews(str(movie.pk))
    movie.refresh_from_db()
    assert (movie.status, movie.error, movie.previews.file) == ("ready", "", "")
    # It would end the same way again.
    assert previews.unfinished(10) == []


def test_one_without_them_says_so(alice: User, fetch: Any, movie: Movie) -> None:
    assert fetch(f"/api/v1/movies/{movie.pk}/previews/", alice).status_code == 404


def test_what_a_dead_worker_left_is_taken_up(movie: Movie) -> None:
    Previews.objects.create(movie=movie, attempts=1, held_until=timezone.now() + timedelta(hours=1))
    assert previews.unfinished(10) == []
    tasks.resume()
    assert Previews.objects.get().file


@pytest.mark.parametrize(
    "state",
    [
        {"file": "previews/x.jpg"},
        {"attempts": previews.MAX_ATTEMPTS},
        {"attempts": 1, "held_until": timezone.now() + timedelta(hours=1)},
    ],
    ids=["made", "given up", "held"],
)
@pytest.mark.usefixtures("none_is_made")
def test_they_are_made_once(movie: Movie, state: dict[str, Any]) -> None:
    Previews.objects.create(movie=movie, **state)
    previews.make(movie.pk)
    assert previews.unfinished(10) == []


@pytest.mark.parametrize("state", [{"status": "processing"}, {"status": "failed"}, {"url": "https://example.org/x"}])
@pytest.mark.usefixtures("none_is_made")
def test_none_are_made_of_what_is_not_here(movie: Movie, state: dict[str, Any]) -> None:
    Movie.objects.update(**state)
    previews.make(movie.pk)
    assert previews.unfinished(10) == []


def test_a_full_disk_is_tried_again_later(movie: Movie, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any) -> str:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(storage.media(), "save", full)
        previews.make(movie.pk)
    assert previews.unfinished(10) == []
    Previews.objects.update(held_until=timezone.now())
    previews.make(movie.pk)
    assert Previews.objects.get().file


def test_they_go_with_the_movie(alice: User, movie: Movie, django_capture_on_commit_callbacks: Any) -> None:
    previews.make(movie.pk)
    sheet = Path(storage.media().path(Previews.objects.get().file))
    assert sheet.exists()
    with django_capture_on_commit_callbacks(execute=True):
        services.delete(by=alice, movie=movie)
    assert not sheet.exists()


def test_of_a_movie_deleted_meanwhile_nothing_stays(
    alice: User, movie: Movie, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    made, before = previews._made, set(Path(storage.media().path("")).rglob("previews/*/*"))

    def deleting(movie: Movie) -> Any:
        result = made(movie)
        services.delete(by=alice, movie=Movie.objects.get())
        return result

    monkeypatch.setattr(previews, "_made", deleting)
    with django_capture_on_commit_callbacks(execute=True):
        previews.make(movie.pk)
    assert set(Path(storage.media().path("")).rglob("previews/*/*")) == before
