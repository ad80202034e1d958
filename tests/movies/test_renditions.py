"""A film in smaller sizes, in parts (HLS): made where it is asked for, served to who may watch, gone with the film."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import av
import pytest
from django.core.files.base import File
from django.test import Client
from django.utils import timezone

from accounts.models import User
from movies import confined, renditions, services, storage, tasks
from movies.confined.answers import Refusal
from movies.models import Movie, Rendition
from movies.tokens import stream_token
from movies.two_places import TwoPlaces
from tests.clips import make_clip

Api = Callable[..., Any]


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine seconds of 320 × 180, with a key frame every two."""
    return make_clip(tmp_path_factory.mktemp("films") / "long.mp4", seconds=9)


@pytest.fixture
def asked_for(settings: Any) -> Any:
    settings.HLS_RENDITIONS = [90, 120, 240]
    return settings


@pytest.fixture
def movie(alice: User, long_film: Path, make_movie: Callable[..., Movie], asked_for: Any) -> Movie:
    return make_movie(alice, long_film.read_bytes(), duration=9.0, width=320, height=180)


@pytest.fixture
def made(movie: Movie, monkeypatch: pytest.MonkeyPatch) -> Rendition:
    """As if it had been; its bytes mean nothing."""
    name = storage.keep(File(BytesIO(b"head" + bytes(200))), storage.new_name("renditions", ".mp4"))
    fields = {"file": name, "size": 204, "head": 4, "parts": [[4.0, 150], [2.5, 50]], "codecs": "avc1.64000b"}
    return Rendition.objects.create(movie=movie, side=90, width=160, height=90, **fields)


@pytest.fixture
def none_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "run", lambda *args, **kwargs: pytest.fail("made once more"))


def lines_of(answer: Any) -> list[str]:
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.apple.mpegurl")
    assert answer["Cache-Control"] == "private, no-store"
    lines: list[str] = answer.body.decode().splitlines()
    return lines


def test_it_works(movie: Movie, api: Api, alice: User, fetch: Any) -> None:
    assert renditions.unfinished(10) == [movie.pk]
    tasks.make_rendition(str(movie.pk))
    # None is larger than the film.
    shown = api(alice).get(f"/api/v1/movies/{movie.pk}/").json()
    assert shown["renditions"] == [
        {"side": 120, "made": True, "progress": None, "width": 214, "height": 120},
        {"side": 90, "made": True, "progress": None, "width": 160, "height": 90},
    ]
    assert [source["type"] for source in shown["sources"]] == ["video/mp4", "application/vnd.apple.mpegurl"]
    master = shown["sources"][1]["url"]
    at_master = lines_of(fetch(master))
    sizes = [urljoin(master, line) for line in at_master if not line.startswith("#")]
    assert "RESOLUTION=160x90" in at_master[-2]
    assert 'CODECS="avc1.64000b,mp4a.40.2"' in at_master[-2]
    cuts = [[line for line in lines_of(fetch(size)) if line.startswith("#EXTINF")] for size in sizes]
    assert cuts == [["#EXTINF:4.000000,", "#EXTINF:4.000000,", "#EXTINF:1.000000,"]] * 2
    at_size = lines_of(fetch(sizes[1]))
    ranges = [line.partition(":")[2] for line in at_size if line.startswith("#EXT-X-BYTERANGE")]
    head = next(line for line in at_size if line.startswith("#EXT-X-MAP")).split('BYTERANGE="')[1].rstrip('"')
    file = urljoin(sizes[1], at_size[-2])
    # Any part, behind the head, is a film of its own.
    parts = [fetch(file, Range=as_range(one)) for one in (head, ranges[1])]
    assert [part.status_code for part in parts] == [206, 206]
    with av.open(BytesIO(b"".join(part.body for part in parts)), "r") as part:
        first = next(part.decode(video=0))
        assert isinstance(first, av.VideoFrame)
        assert first.key_frame
        assert first.time == pytest.approx(4, abs=0.1)


def as_range(count_and_start: str) -> str:
    count, start = map(int, count_and_start.split("@"))
    return f"bytes={start}-{start + count - 1}"


def test_without_any_there_is_no_adaptive_stream(movie: Movie, api: Api, alice: User, fetch: Any) -> None:
    shown = api(alice).get(f"/api/v1/movies/{movie.pk}/").json()
    assert (len(shown["sources"]), shown["renditions"]) == (1, [])
    for end in ("master.m3u8", "90.m3u8", "90.mp4"):
        refused = fetch(f"/api/v1/movies/{movie.pk}/hls/{end}", alice)
        assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")


def test_playlists_say_where_parts_lie(made: Rendition, fetch: Any, alice: User) -> None:
    url = f"/api/v1/movies/{made.movie_id}/hls/"
    token = stream_token(alice, made.movie)
    # A link to watch gives none that lasts longer.
    master = lines_of(fetch(f"{url}master.m3u8?token={token}"))
    assert master[-2:] == [
        '#EXT-X-STREAM-INF:BANDWIDTH=300,AVERAGE-BANDWIDTH=252,RESOLUTION=160x90,CODECS="avc1.64000b"',
        f"90.m3u8?token={token.replace(':', '%3A')}",
    ]
    file = f"90.mp4?token={token.replace(':', '%3A')}"
    assert lines_of(fetch(f"{url}90.m3u8?token={token}")) == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f'#EXT-X-MAP:URI="{file}",BYTERANGE="4@0"',
        *("#EXTINF:4.000000,", "#EXT-X-BYTERANGE:150@4", file),
        *("#EXTINF:2.500000,", "#EXT-X-BYTERANGE:50@154", file),
        "#EXT-X-ENDLIST",
    ]
    # Who has signed in gets a link of their own.
    assert fetch(urljoin(f"{url}90.m3u8", lines_of(fetch(f"{url}90.m3u8", alice))[-2])).status_code == 200


def test_with_a_bucket_parts_come_from_there(bucket: TwoPlaces, made: Rendition, fetch: Any, alice: User) -> None:
    answer = fetch(f"/api/v1/movies/{made.movie_id}/hls/90.mp4", alice)
    assert (answer.status_code, answer["Cache-Control"]) == (302, "private, no-store")
    assert made.file in answer["Location"]


@pytest.mark.parametrize(
    "state",
    [{"file": "renditions/x.mp4"}, {"attempts": 3}, {"attempts": 1, "held_until": timezone.now() + timedelta(hours=1)}],
    ids=["made", "given up", "held"],
)
@pytest.mark.usefixtures("none_is_made")
def test_each_is_made_once(movie: Movie, settings: Any, state: dict[str, Any]) -> None:
    settings.HLS_RENDITIONS = [90]
    Rendition.objects.create(movie=movie, side=90, **state)
    assert renditions.unfinished(10) == []
    renditions.make(movie.pk)


@pytest.mark.usefixtures("none_is_made")
def test_none_is_made_unless_asked_for(movie: Movie, settings: Any) -> None:
    settings.HLS_RENDITIONS = []
    assert renditions.unfinished(10) == []
    renditions.make(movie.pk)


def test_what_a_dead_worker_left_is_taken_up(movie: Movie) -> None:
    Rendition.objects.create(movie=movie, side=90, attempts=1, held_until=timezone.now() + timedelta(hours=1))
    Rendition.objects.create(movie=movie, side=120, attempts=3)
    assert renditions.unfinished(10) == []
    renditions.release_all()
    assert renditions.unfinished(10) == [movie.pk]


def test_a_file_that_can_not_be_made_smaller_is_given_up(movie: Movie) -> None:
    storage.media().delete(movie.file)
    Path(storage.media().path(movie.file)).write_bytes(b"no film")
    renditions.make(movie.pk)
    first = Rendition.objects.get()
    assert (first.file, first.attempts, first.held_until) == ("", 3, None)
    movie.refresh_from_db()
    assert movie.status == "ready"


def test_a_full_disk_is_tried_again_later(movie: Movie, monkeypatch: pytest.MonkeyPatch) -> None:
    said = confined.Refused(Refusal("no_space"))
    monkeypatch.setattr(confined, "run", lambda *args, **kwargs: (_ for _ in ()).throw(said))
    renditions.make(movie.pk)
    first = Rendition.objects.get()
    assert (first.attempts, first.held_until is not None) == (1, True)


def test_how_far_it_is_can_be_seen_and_a_deleted_film_ends_it(
    alice: User, movie: Movie, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told = []

    def run(*args: Any, meanwhile: Callable[[float], None], **options: Any) -> None:
        meanwhile(0.25)
        told.append(Rendition.objects.get().progress)
        services.delete(by=alice, movie=Movie.objects.get())
        meanwhile(0.5)
        pytest.fail("it went on")

    monkeypatch.setattr(confined, "run", run)
    with django_capture_on_commit_callbacks(execute=True):
        renditions.make(movie.pk)
    assert told == [0.25]
    assert not Rendition.objects.exists()


def test_the_films_page_tells_which_there_are(made: Rendition, alice: User, client: Client) -> None:
    Rendition.objects.create(movie=made.movie, side=120, attempts=1, progress=0.4)
    client.force_login(alice)
    page = client.get(f"/movies/{made.movie_id}/").content.decode()
    assert "<dd>120p (40 %) 90p </dd>" in page


def test_it_goes_with_the_movie(alice: User, made: Rendition, django_capture_on_commit_callbacks: Any) -> None:
    file = Path(storage.media().path(made.file))
    assert file.exists()
    with django_capture_on_commit_callbacks(execute=True):
        services.delete(by=alice, movie=made.movie)
    assert not file.exists()


@pytest.mark.parametrize(
    "playlist",
    [
        "",
        '#EXT-X-MAP:URI="film.mp4",BYTERANGE="4@0"\n',
        '#EXT-X-MAP:URI="film.mp4",BYTERANGE="4@0"\n#EXTINF:4.000000,\n#EXT-X-BYTERANGE:50@4\nfilm.mp4\n',
        '#EXT-X-MAP:URI="film.mp4",BYTERANGE="4@0"\n#EXTINF:4.000000,\n#EXT-X-BYTERANGE:96@5\nfilm.mp4\n',
        '#EXT-X-MAP:URI="film.mp4",BYTERANGE="4@0"\n#EXTINF:4.000000,\n#EXT-X-BYTERANGE:96@4\nhttp://x/\n',
    ],
)
def test_a_playlist_that_does_not_fit_its_file_is_refused(playlist: str) -> None:
    with pytest.raises(confined.Broken):
        renditions.parts_of(playlist, 100)
