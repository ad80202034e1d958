"""Resumable uploads: announced, sent in chunks, gone on with, called off, expired."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit.models import OutboxEvent
from movies import expiry, parts, storage
from movies.content_range import QUANTUM
from movies.models import Movie, Upload
from tests.movies.clips import box
from watchparty.errors import NotFound

Api = Callable[..., Any]
URL = "/api/v1/uploads/"


@pytest.fixture(scope="module")
def content(film: Path) -> bytes:
    """A film of a little more than three quanta."""
    return film.read_bytes() + box(b"free", bytes(3 * QUANTUM))


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    for path in settings.UNFINISHED_UPLOADS.iterdir():
        path.unlink()


def begin(client: Any, size: int, **fields: Any) -> Any:
    given = {"filename": "film.mp4", "size": size, "content_type": "video/mp4", "title": "A film", **fields}
    return client.post(URL, given, format="json")


def put(client: Any, upload: dict[str, Any], body: bytes, content_range: str | None) -> Any:
    headers = {} if content_range is None else {"Content-Range": content_range}
    return client.generic("PUT", upload["upload_url"], body, content_type="video/mp4", headers=headers)


def send(client: Any, upload: dict[str, Any], content: bytes, first: int, end: int) -> Any:
    return put(client, upload, content[first:end], f"bytes {first}-{end - 1}/{len(content)}")


def ask(client: Any, upload: dict[str, Any], size: int | str) -> Any:
    return put(client, upload, b"", f"bytes */{size}")


def test_it_works(api: Api, alice: User, content: bytes, django_capture_on_commit_callbacks: Any) -> None:
    client, size = api(alice), len(content)
    begun = begin(client, size)
    assert begun.status_code == 201
    upload = begun.json()
    assert upload["chunk_size"] % QUANTUM == 0
    assert begun["Location"] == f"http://testserver{upload['upload_url']}"
    movie = client.get(f"/api/v1/movies/{upload['movie']}/").json()
    assert (movie["status"], movie["title"], movie["size"]) == ("uploading", "A film", size)

    asked = ask(client, upload, size)
    assert (asked.status_code, "Range" in asked, asked.content) == (308, False, b"")
    sent = send(client, upload, content, 0, QUANTUM)
    assert (sent.status_code, sent["Range"]) == (308, f"bytes=0-{QUANTUM - 1}")
    assert ask(client, upload, "*")["Range"] == f"bytes=0-{QUANTUM - 1}"
    assert client.get(URL).json()["results"][0]["offset"] == QUANTUM
    send(client, upload, content, QUANTUM, 3 * QUANTUM)
    with django_capture_on_commit_callbacks(execute=True):
        last = send(client, upload, content, 3 * QUANTUM, size)
    assert (last.status_code, last.json()["id"], last.json()["status"]) == (200, upload["movie"], "processing")
    found = Movie.objects.get()
    assert found.status == "ready"
    assert Path(storage.media().path(found.file)).read_bytes() == content
    assert not list(settings.UNFINISHED_UPLOADS.iterdir())
    # Who did not hear the last answer asks again, or sends again.
    assert ask(client, upload, size).status_code == 200
    assert send(client, upload, content, 3 * QUANTUM, size).status_code == 200
    assert client.get(URL).json()["count"] == 0
    facts = list(OutboxEvent.objects.filter(subject=str(found.pk)).order_by("pk").values_list("fact", flat=True))
    assert sorted(facts) == ["movie.ready", "movie.uploaded", "upload.started"]


def test_the_whole_file_may_be_one_body(api: Api, alice: User, content: bytes) -> None:
    client = api(alice)
    assert put(client, begin(client, len(content)).json(), content, None).status_code == 200


def test_bytes_that_have_come_are_passed_over(api: Api, alice: User, content: bytes) -> None:
    client = api(alice)
    upload = begin(client, len(content)).json()
    send(client, upload, content, 0, 2 * QUANTUM)
    assert send(client, upload, content, 0, QUANTUM)["Range"] == f"bytes=0-{2 * QUANTUM - 1}"
    assert send(client, upload, content, QUANTUM, len(content)).status_code == 200
    assert Path(storage.media().path(Movie.objects.get().file)).read_bytes() == content


def test_a_wrong_range_is_refused(api: Api, alice: User, content: bytes) -> None:
    client, size = api(alice), len(content)
    upload = begin(client, size).json()
    refused = put(client, upload, content[:QUANTUM], f"bytes 0-{QUANTUM - 1}/{size + 1}")
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_range")
    assert "Range" not in ask(client, upload, size)


def test_what_a_body_has_beyond_its_range_is_left() -> None:
    class Generous(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read()

    with parts.held(uuid4()) as part:
        part.take(Generous(b"0123456789"), first=0, last=3)
        part.take(Generous(b"23456789"), first=2, last=5)
        assert part.path.read_bytes() == b"012345"


def test_called_off_while_it_comes_nothing_more_is_taken() -> None:
    with parts.held(uuid4()) as part:
        part.path.unlink()
        with pytest.raises(NotFound):
            part.take(BytesIO(b"film"), first=0, last=3)
        assert part.length == 0


def test_a_gap_is_refused(api: Api, alice: User, content: bytes) -> None:
    client = api(alice)
    upload = begin(client, len(content)).json()
    send(client, upload, content, 0, QUANTUM)
    refused = send(client, upload, content, 2 * QUANTUM, 3 * QUANTUM)
    assert (refused.status_code, refused.json()["code"]) == (409, "upload_gap")
    assert ask(client, upload, len(content))["Range"] == f"bytes=0-{QUANTUM - 1}"


def test_who_comes_second_is_refused_while_the_first_writes(api: Api, alice: User, content: bytes) -> None:
    client = api(alice)
    upload = begin(client, len(content)).json()
    with parts.held(upload["id"]):
        refused = send(client, upload, content, 0, QUANTUM)
        assert (refused.status_code, refused.json()["code"]) == (409, "upload_busy")
        assert ask(client, upload, len(content)).status_code == 308
    assert send(client, upload, content, 0, QUANTUM).status_code == 308


def test_what_is_plainly_no_movie_ends_with_its_first_chunk(api: Api, alice: User) -> None:
    client = api(alice)
    upload = begin(client, 10 * QUANTUM).json()
    refused = put(client, upload, b"<html>" + bytes(QUANTUM - 6), f"bytes 0-{QUANTUM - 1}/{10 * QUANTUM}")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "file")
    assert ask(client, upload, 10 * QUANTUM).status_code == 404
    assert not Movie.objects.exists()


def test_others_know_nothing_of_it(api: Api, alice: User, bob: User, content: bytes) -> None:
    upload = begin(api(alice), len(content)).json()
    assert ask(api(bob), upload, len(content)).status_code == 404
    assert api(bob).delete(upload["upload_url"]).status_code == 404
    assert api(bob).get(URL).json()["count"] == 0
    assert send(api(), upload, content, 0, QUANTUM).status_code == 401
    assert begin(api(), 1).status_code == 401
    User.objects.filter(pk=bob.pk).update(is_guest=True)
    assert begin(api(bob), 1).status_code == 403


def test_it_can_be_called_off(api: Api, alice: User, content: bytes, django_capture_on_commit_callbacks: Any) -> None:
    client = api(alice)
    upload = begin(client, len(content)).json()
    send(client, upload, content, 0, QUANTUM)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(upload["upload_url"]).status_code == 204
    assert send(client, upload, content, QUANTUM, 2 * QUANTUM).status_code == 404
    assert not Movie.objects.exists()
    assert not list(settings.UNFINISHED_UPLOADS.iterdir())


def test_a_finished_one_is_not_called_off(api: Api, alice: User, content: bytes) -> None:
    client = api(alice)
    upload = begin(client, len(content)).json()
    put(client, upload, content, None)
    assert client.delete(upload["upload_url"]).status_code == 409
    assert Movie.objects.exists()


def test_deleting_the_movie_ends_it(
    api: Api, alice: User, content: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    client = api(alice)
    upload = begin(client, len(content)).json()
    send(client, upload, content, 0, QUANTUM)
    with parts.held(upload["id"]) as part, django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"/api/v1/movies/{upload['movie']}/").status_code == 204
    assert not part.path.exists()
    assert send(client, upload, content, QUANTUM, 2 * QUANTUM).status_code == 404


def test_it_expires_a_day_after_its_last_chunk(
    api: Api, alice: User, content: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    client = api(alice)
    upload, finished = (begin(client, len(content)).json() for _ in range(2))
    send(client, upload, content, 0, QUANTUM)
    put(client, finished, content, None)
    left = Upload.objects.get(pk=upload["id"]).expires_at - timezone.now()
    assert timedelta(hours=23) < left <= timedelta(days=1)
    assert expiry.remove_expired() == 0
    Upload.objects.update(expires_at=timezone.now())
    assert ask(client, upload, len(content)).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert expiry.remove_expired() == 2
    kept = Movie.objects.get()
    assert str(kept.pk) == finished["movie"]
    assert storage.media().exists(kept.file)
    assert not list(settings.UNFINISHED_UPLOADS.iterdir())
    assert OutboxEvent.objects.filter(fact="upload.expired", subject=upload["movie"]).exists()


def test_an_end_that_was_interrupted_is_made_up_for(
    api: Api, alice: User, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file had been moved in, and the process was killed before it was written down."""
    client = api(alice)
    upload = begin(client, len(content)).json()
    parts.path_of(upload["id"]).write_bytes(content)
    row = Upload.objects.get()
    storage.move_in(parts.path_of(upload["id"]), row.name + ".mp4")
    assert ask(client, upload, len(content)).json()["status"] == "processing"
    assert Path(storage.media().path(Movie.objects.get().file)).read_bytes() == content
    assert not list(settings.UNFINISHED_UPLOADS.iterdir())


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"size": 0}, "size"),
        ({"size": -1}, "size"),
        ({"size": "many"}, "size"),
        ({"size": 2**70}, "size"),
        ({"filename": ""}, "filename"),
        ({"filename": "a\x00b"}, "filename"),
        ({"title": "a\nb"}, "title"),
        ({"content_type": "x" * 201}, "content_type"),
    ],
)
def test_a_bad_announcement_names_the_field(api: Api, alice: User, fields: dict[str, Any], named: str) -> None:
    refused = begin(api(alice), fields.pop("size", 1), **fields)
    assert (refused.status_code, {error["field"] for error in refused.json()["errors"]}) == (400, {named})
    assert not Movie.objects.exists()


@pytest.mark.parametrize(
    ("sent", "shown", "title"),
    [
        ("../../etc/passwd.mp4", "passwd.mp4", "passwd"),
        ("..\\boot.mp4", "boot.mp4", "boot"),
        ("🎬 überfilm.mp4", "🎬 überfilm.mp4", "🎬 überfilm"),
        ("film\u202e\x1b.mp4", "film.mp4", "film"),
        ("x" * 300, "x" * 255, "x" * 200),
        ("/", "movie", "movie"),
    ],
)
def test_the_files_name_is_for_display_only(api: Api, alice: User, sent: str, shown: str, title: str) -> None:
    upload = begin(api(alice), 5, filename=sent, title="").json()
    assert (upload["filename"], upload["title"]) == (shown, title)


def test_too_large_is_413(api: Api, alice: User, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    assert begin(api(alice), 1001).status_code == 413
    assert begin(api(alice), 1000).status_code == 201


def test_a_quota_counts_what_was_announced(api: Api, alice: User, bob: User, settings: Settings, film: Path) -> None:
    size = film.stat().st_size
    settings.UPLOAD_QUOTA_USER, settings.UPLOAD_QUOTA_SERVER = size + 10, 2 * size + 5
    assert begin(api(alice), 11).status_code == 201
    refused = begin(api(alice), size)
    assert (refused.status_code, refused.json()["code"]) == (507, "quota_exceeded")
    with film.open("rb") as file:
        refused = api(alice).post("/api/v1/movies/", {"title": "A film", "file": file}, format="multipart")
    assert (refused.status_code, refused.json()["code"]) == (507, "quota_exceeded")
    assert begin(api(bob), size + 10).status_code == 201
    assert begin(api(alice), size - 1).json()["code"] == "server_quota_exceeded"
    Movie.objects.filter(owner=alice).update(status=Movie.Status.FAILED)
    assert begin(api(alice), size - 5).status_code == 201


def test_a_file_that_the_disk_has_no_room_for_is_507(api: Api, alice: User, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 2**62
    refused = begin(api(alice), 2**61)
    assert (refused.status_code, refused.json()["code"]) == (507, "out_of_space")
    assert not Movie.objects.exists()
