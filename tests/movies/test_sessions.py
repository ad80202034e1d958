"""Uploads straight into a bucket: its session takes the chunks, and what has come is looked at before it is a movie."""

import base64
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import google_crc32c
import httpx
import pytest
from django.utils import timezone

from accounts.models import User
from movies import expiry
from movies.content_range import QUANTUM
from movies.models import Movie, Upload
from movies.two_places import TwoPlaces
from tests.movies.clips import box

Api = Callable[..., Any]
URL = "/api/v1/uploads/"
PAGE = "http://testserver"


@pytest.fixture(scope="module")
def content(film: Path) -> bytes:
    """A film of a little more than three quanta."""
    return film.read_bytes() + box(b"free", random.Random(6).randbytes(3 * QUANTUM))


def begin(client: Any, size: int) -> Any:
    given = {"filename": "film.mp4", "size": size, "content_type": "video/mp4", "title": "A film"}
    answer = client.post(URL, given, format="json", headers={"Origin": PAGE})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def send(upload: dict[str, Any], content: bytes, first: int, end: int) -> httpx.Response:
    """As a page would, from its own origin and without credentials."""
    headers = {"Content-Range": f"bytes {first}-{end - 1}/{len(content)}", "Origin": PAGE}
    return httpx.put(upload["upload_url"], content=content[first:end], headers=headers)


def complete(client: Any, upload: dict[str, Any], **given: Any) -> Any:
    return client.post(f"{URL}{upload['id']}/complete/", given, format="json")


def test_it_works(
    bucket: TwoPlaces, api: Api, alice: User, bob: User, content: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    client, size = api(alice), len(content)
    upload = begin(client, size)
    assert upload["upload_url"].startswith(bucket.bucket.emulator)
    assert upload["chunk_size"] % QUANTUM == 0
    asked = httpx.options(upload["upload_url"], headers={"Origin": PAGE, "Access-Control-Request-Method": "PUT"})
    assert "Content-Range" in asked.headers["Access-Control-Allow-Headers"]
    sent = send(upload, content, 0, QUANTUM)
    assert (sent.status_code, sent.headers["Range"]) == (308, f"bytes=0-{QUANTUM - 1}")
    assert sent.headers["Access-Control-Allow-Origin"] == PAGE
    assert "Range" in sent.headers["Access-Control-Expose-Headers"]
    assert client.get(URL).json()["results"][0]["offset"] == QUANTUM
    early = complete(client, upload)
    assert (early.status_code, early.json()["code"]) == (409, "upload_incomplete")
    assert send(upload, content, QUANTUM, size).status_code == 200
    assert complete(api(bob), upload).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        done = complete(client, upload, crc32c=base64.b64encode(google_crc32c.Checksum(content).digest()).decode())
    assert (done.status_code, done.json()["id"], done.json()["status"]) == (200, upload["movie"], "processing")
    movie = Movie.objects.get()
    assert (movie.status, movie.file) == ("ready", Upload.objects.get().name)
    kept = bucket.bucket.known(movie.file)
    assert (kept.size, kept.content_type) == (size, "video/mp4")
    stream = client.get(f"/api/v1/movies/{movie.pk}/stream/")["Location"]
    assert httpx.get(stream).content == content
    # Who did not hear the answer asks again.
    assert complete(client, upload).json()["id"] == upload["movie"]
    assert client.put(f"{URL}{upload['id']}/", headers={"Content-Range": f"bytes */{size}"}).status_code == 200
    assert client.get(URL).json()["count"] == 0


def test_a_session_never_writes_over_what_is_there(bucket: TwoPlaces, api: Api, alice: User, content: bytes) -> None:
    upload = begin(api(alice), len(content))
    name = Upload.objects.get().name
    another = bucket.bucket.open_session(name, size=len(content), origin=None)
    assert send(upload, content, 0, len(content)).status_code == 200
    assert send({"upload_url": another}, bytes(len(content)), 0, len(content)).status_code == 412
    assert complete(api(alice), upload).status_code == 200


@pytest.mark.parametrize(("sent", "field"), [(b"<html>" + bytes(100), "file"), (None, "crc32c")])
def test_what_is_not_the_film_ends_the_upload(
    bucket: TwoPlaces,
    api: Api,
    alice: User,
    content: bytes,
    sent: bytes | None,
    field: str,
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent = sent or content
    upload = begin(api(alice), len(sent))
    name = Upload.objects.get().name
    send(upload, sent, 0, len(sent))
    with django_capture_on_commit_callbacks(execute=True):
        refused = complete(api(alice), upload, **({"crc32c": "AAAAAA=="} if field == "crc32c" else {}))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
    assert not Movie.objects.exists()
    assert not bucket.exists(name)


def test_of_another_size_than_announced_it_is_no_movie(
    bucket: TwoPlaces, api: Api, alice: User, content: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    upload = begin(api(alice), len(content))
    send(upload, content, 0, len(content))
    Upload.objects.update(size=len(content) + 1)
    with django_capture_on_commit_callbacks(execute=True):
        refused = complete(api(alice), upload)
    assert (refused.status_code, refused.json().get("code")) == (400, "invalid")
    assert not Movie.objects.exists()


def test_called_off_it_takes_nothing_more(
    bucket: TwoPlaces, api: Api, alice: User, content: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    upload = begin(api(alice), len(content))
    send(upload, content, 0, QUANTUM)
    with django_capture_on_commit_callbacks(execute=True):
        assert api(alice).delete(f"{URL}{upload['id']}/").status_code == 204
    assert send(upload, content, QUANTUM, len(content)).status_code == 404


def test_our_own_endpoint_takes_no_chunks_of_it(bucket: TwoPlaces, api: Api, alice: User, content: bytes) -> None:
    upload = begin(api(alice), len(content))
    refused = api(alice).generic("PUT", f"{URL}{upload['id']}/", content, content_type="video/mp4")
    assert (refused.status_code, refused.json()["code"]) == (409, "upload_elsewhere")


def test_one_that_goes_on_in_the_bucket_does_not_expire(
    bucket: TwoPlaces, api: Api, alice: User, content: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    upload = begin(api(alice), len(content))
    send(upload, content, 0, QUANTUM)
    Upload.objects.update(expires_at=timezone.now())
    assert expiry.remove_expired() == 0
    assert Upload.objects.get().expires_at > timezone.now() + timedelta(hours=23)
    Upload.objects.update(expires_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        assert expiry.remove_expired() == 1
    assert not Movie.objects.exists()
    assert send(upload, content, QUANTUM, len(content)).status_code == 404
