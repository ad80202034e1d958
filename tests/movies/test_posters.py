"""PUT movies/{id}/poster/: a picture of the owner's choice, made anew."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import av
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from audit.facts import Fact
from audit.models import OutboxEvent
from movies import storage
from movies.models import Movie
from movies.tokens import stream_token
from tests.movies.clips import gradient

Api = Callable[..., Any]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:1/x"/></svg>'
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:1/x.jpg\n"


def picture(folder: Path, suffix: str = ".png", size: tuple[int, int] = (64, 36)) -> bytes:
    path = folder / f"picture{suffix}"
    with av.open(str(path), "w", format="webp" if suffix == ".webp" else "image2") as out:
        coding = {".png": "png", ".jpg": "mjpeg", ".webp": "libwebp"}[suffix]
        stream = cast(av.VideoStream, out.add_stream(coding, rate=1))
        stream.width, stream.height = size
        stream.pix_fmt = {".png": "rgb24", ".jpg": "yuvj420p", ".webp": "yuv420p"}[suffix]
        out.mux(stream.encode(gradient(*size)))
        out.mux(stream.encode(None))
    return path.read_bytes()


def size_of(content: bytes, folder: Path) -> tuple[int, int]:
    (folder / "made.jpg").write_bytes(content)
    with av.open(str(folder / "made.jpg"), format="jpeg_pipe") as file:
        return file.streams.video[0].width, file.streams.video[0].height


@pytest.fixture
def movie(alice: User, make_movie: Callable[..., Movie]) -> Movie:
    return make_movie(alice, poster=storage.keep(ContentFile(b"jpeg"), storage.new_name("posters", ".jpg")))


@pytest.fixture
def url(movie: Movie) -> str:
    return f"/api/v1/movies/{movie.pk}/poster/"


@pytest.fixture
def put(api: Api, alice: User, url: str) -> Callable[..., Any]:
    """``put(b"...")``: sent by Alice."""

    def put(content: bytes, *, by: User = alice, to: str = url, name: str = "poster.png") -> Any:
        return api(by).put(to, {"file": SimpleUploadedFile(name, content)}, format="multipart")

    return put


@pytest.mark.parametrize(
    ("suffix", "size", "made"),
    [(".png", (64, 36), (64, 36)), (".jpg", (1281, 721), (640, 360)), (".webp", (300, 2000), (144, 960))],
)
def test_it_works(
    put: Any,
    fetch: Any,
    alice: User,
    url: str,
    movie: Movie,
    tmp_path: Path,
    suffix: str,
    size: tuple[int, int],
    made: tuple[int, int],
    django_capture_on_commit_callbacks: Any,
) -> None:
    before = Path(storage.media().path(movie.poster))
    with django_capture_on_commit_callbacks(execute=True):
        answer = put(picture(tmp_path, suffix, size))
    assert (answer.status_code, answer.json()["poster"]) == (200, url)
    served = fetch(url, alice)
    assert served.headers["Content-Type"] == "image/jpeg"
    assert size_of(served.body, tmp_path) == made
    assert not before.exists()
    fact = OutboxEvent.objects.get(fact=Fact.MOVIE_POSTER_REPLACED)
    assert (fact.actor, fact.subject, fact.data) == (alice.pk, str(movie.pk), {})


def test_what_was_in_it_beside_the_picture_stays_behind(
    put: Any, fetch: Any, alice: User, url: str, tmp_path: Path
) -> None:
    content = picture(tmp_path, ".jpg") + b"<script>alert(1)</script>"
    assert put(content).status_code == 200
    assert b"script" not in fetch(url, alice).body


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n" + b"x" * 100, b"not a picture", SVG, PLAYLIST],
    ids=["damaged", "text", "SVG", "playlist"],
)
def test_what_is_none_is_refused(put: Any, movie: Movie, content: bytes) -> None:
    answer = put(content)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "file")
    assert Movie.objects.get().poster == movie.poster


def test_too_many_pixels_are_refused(put: Any, tmp_path: Path) -> None:
    answer = put(picture(tmp_path, ".png", (9000, 16)))
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (400, "This picture has too many pixels.")


def test_too_many_bytes_are_refused(put: Any, settings: Any, tmp_path: Path) -> None:
    settings.BODY_MAX_BYTES = 50
    assert put(picture(tmp_path)).status_code == 413


def test_only_the_owner_may(
    put: Any, bob: User, movie: Movie, shared_with: Callable[[User], None], tmp_path: Path
) -> None:
    assert put(picture(tmp_path), by=bob).status_code == 404
    shared_with(bob)
    assert put(picture(tmp_path), by=bob).status_code == 403
    assert Movie.objects.get().poster == movie.poster


def test_a_link_to_watch_is_none_to_change(api: Api, alice: User, movie: Movie, url: str, tmp_path: Path) -> None:
    file = SimpleUploadedFile("poster.png", picture(tmp_path))
    answer = api().put(f"{url}?token={stream_token(alice, movie)}", {"file": file}, format="multipart")
    assert answer.status_code == 401


def test_not_while_it_is_processed(put: Any, movie: Movie, tmp_path: Path) -> None:
    Movie.objects.update(status="processing")
    kept = set(Path(storage.media().path("posters")).rglob("*.jpg"))
    assert put(picture(tmp_path)).status_code == 409
    assert set(Path(storage.media().path("posters")).rglob("*.jpg")) == kept


def test_a_movie_without_one_says_so(fetch: Any, alice: User, url: str) -> None:
    Movie.objects.update(poster="")
    assert fetch(url, alice).status_code == 404
