"""POST movies/: a file comes in."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import OperationalError

from accounts.models import User
from movies import processing, storage, tasks
from movies.models import Movie
from movies.signals import movie_created
from watchparty.errors import NO_SPACE

Api = Callable[..., Any]  # of APIClient, whose stub lets no bytes through
URL = "/api/v1/movies/"


def upload(client: Any, content: bytes, name: str = "film.mp4", **fields: Any) -> Any:
    given = {"title": "A film", "file": SimpleUploadedFile(name, content, "video/mp4"), **fields}
    return client.post(URL, given, format="multipart")


def files() -> set[Path]:
    """Everything that is kept on the disk of uploads."""
    folders = settings.MEDIA_ROOT, Path(settings.FILE_UPLOAD_TEMP_DIR)
    return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def nothing_kept(db: None) -> Iterator[None]:
    before = files()
    yield
    assert files() == before
    assert not Movie.objects.exists()


def test_it_works(api: Api, alice: User, film: Path) -> None:
    answer = upload(api(alice), film.read_bytes())
    assert answer.status_code == 201
    made = answer.json()
    assert made["title"] == "A film"
    assert made["status"] == "processing"
    assert made["size"] == film.stat().st_size
    assert made["original_name"] == "film.mp4"
    assert made["sources"] == []
    assert made["poster"] is None
    movie = Movie.objects.get()
    assert (str(movie.pk), movie.owner) == (made["id"], alice)
    assert Path(storage.media().path(movie.file)).read_bytes() == film.read_bytes()


def test_the_job_makes_it_ready(api: Api, alice: User, film: Path, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = upload(api(alice), film.read_bytes()).json()
    assert api(alice).get(f"{URL}{made['id']}/").json()["status"] == "ready"


def test_the_file_is_moved_not_copied(api: Api, alice: User, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inodes: list[int] = []
    keep = storage.keep

    def noting(content: Any, name: str) -> str:
        spooled = Path(content.temporary_file_path())
        assert spooled.parent == Path(settings.FILE_UPLOAD_TEMP_DIR)
        inodes.append(spooled.stat().st_ino)
        return keep(content, name)

    monkeypatch.setattr(storage, "keep", noting)
    upload(api(alice), film.read_bytes())
    assert [Path(storage.media().path(Movie.objects.get().file)).stat().st_ino] == inodes


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<!doctype html><script>alert(1)</script>", "page.mp4"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "picture.mp4"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1/\n", "list.mp4"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "concat.mp4"),
        (b"\x00", "tiny.mp4"),
        (b"", "empty.mp4"),
    ],
)
@pytest.mark.usefixtures("nothing_kept")
def test_what_is_plainly_no_movie_is_refused_at_once(api: Api, alice: User, content: bytes, name: str) -> None:
    answer = upload(api(alice), content, name)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == ["file"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"file": "not a file"}, "file"),
    ],
)
@pytest.mark.usefixtures("nothing_kept")
def test_a_bad_field_is_named(api: Api, alice: User, film: Path, fields: dict[str, Any], named: str) -> None:
    answer = upload(api(alice), film.read_bytes(), **fields)
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {named}


@pytest.mark.usefixtures("nothing_kept")
def test_both_fields_are_needed(api: Api, alice: User) -> None:
    answer = api(alice).post(URL, {}, format="multipart")
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {"title", "file"}


@pytest.mark.parametrize(
    "body",
    [b"", b"--x", b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nab', b"\xff" * 99],
)
@pytest.mark.usefixtures("nothing_kept")
def test_a_broken_multipart_body_is_400(api: Api, alice: User, body: bytes) -> None:
    answer = api(alice).generic("POST", URL, body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("content_type", ["multipart/form-data", "text/plain", "video/mp4", "rubbish"])
@pytest.mark.usefixtures("nothing_kept")
def test_another_content_type_is_refused(api: Api, alice: User, content_type: str) -> None:
    answer = api(alice).generic("POST", URL, b"abc", content_type=content_type)
    assert answer.status_code in (400, 415)
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"[]", b"5", b'"x"', b"null", b"{", b"[" * 30_000, b'{"title": 1e999}'])
@pytest.mark.usefixtures("nothing_kept")
def test_odd_json_is_400(api: Api, alice: User, body: bytes) -> None:
    assert api(alice).generic("POST", URL, body, content_type="application/json").status_code == 400


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd.mp4", "passwd.mp4"),
        ("..\\..\\boot.mp4", "boot.mp4"),
        ("🎬 überfilm.mp4", "🎬 überfilm.mp4"),
        ("x" * 300 + ".mp4", None),
        ("a\x00b.mp4", None),
        ("<script>.html", "<script>.html"),
    ],
)
def test_the_files_name_is_for_display_only(api: Api, alice: User, film: Path, sent: str, shown: str | None) -> None:
    answer = upload(api(alice), film.read_bytes(), sent)
    assert answer.status_code == 201
    movie = Movie.objects.get()
    assert len(movie.original_name) <= 255
    assert shown in (None, movie.original_name)
    folder, shelf, name = movie.file.split("/")
    assert (folder, len(shelf), len(name)) == ("movies", 2, len("x" * 32 + ".mp4"))
    assert name.endswith(".mp4")


def test_nobody_may_upload_unsigned(api: Api, film: Path, db: None) -> None:
    assert upload(api(), film.read_bytes()).status_code == 401


def test_guests_may_not(api: Api, film: Path, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_guest=True)
    assert upload(api(alice), film.read_bytes()).status_code == 403
    assert not Movie.objects.exists()


@pytest.mark.parametrize("code", sorted(NO_SPACE))
@pytest.mark.usefixtures("nothing_kept")
def test_a_full_disk_while_the_file_comes_in_is_507(
    api: Api, alice: User, film: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def full(self: Any, data: bytes, start: int) -> None:
        raise OSError(code, "full")

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", full)
    answer = upload(api(alice), film.read_bytes())
    assert answer.status_code == 507
    assert answer.json()["code"] == "out_of_space"


@pytest.mark.usefixtures("nothing_kept")
def test_a_full_disk_while_it_is_registered_is_507(
    api: Api, alice: User, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**fields: Any) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(Movie.objects, "create", full)
    assert upload(api(alice), film.read_bytes()).status_code == 507


@pytest.mark.usefixtures("nothing_kept")
def test_what_fails_to_be_registered_leaves_no_file(alice: User, api: Api, film: Path) -> None:
    def refuse(**kwargs: Any) -> None:
        raise RuntimeError("a receiver broke")

    movie_created.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            upload(api(alice), film.read_bytes())
    finally:
        movie_created.disconnect(refuse)


def test_a_queue_that_is_out_of_order_does_not_lose_the_movie(
    api: Api, alice: User, film: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def broken(movie_id: str) -> None:
        raise OSError("no queue")

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "process_movie", broken)
        with django_capture_on_commit_callbacks(execute=True):
            assert upload(api(alice), film.read_bytes()).status_code == 201
    assert processing.unfinished() == [Movie.objects.get().pk]
