"""Media in a bucket: kept and never written over, served by signed URLs, read a block at a time."""

import base64
import hashlib
import json
import random
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.core.checks import run_checks
from django.core.files import File
from django.core.files.base import ContentFile
from django.test import Client
from google.auth import credentials
from google.cloud.storage.retry import DEFAULT_RETRY
from pytest_django import Settings

from accounts.models import User
from movies import bucket as adapter
from movies import processing, storage
from movies.models import Movie
from movies.two_places import TwoPlaces
from scripts.native import Gcs
from tests.movies.clips import clip
from watchparty.bucket_origins import GOOGLE, of_bucket

Fetch = Callable[..., Any]
MakeMovie = Callable[..., Movie]
MB = 1024**2
CONTENT = random.Random(6).randbytes(300_000)


def name_of_its_own(suffix: str = ".mp4") -> str:
    return storage.new_name("movies", suffix)


def signed_by(url: str, key: rsa.RSAPublicKey, method: str) -> dict[str, str]:
    """The parameters of a signed URL. Fails unless the signature (V4) is that key's:
    https://cloud.google.com/storage/docs/authentication/canonical-requests"""
    parts = urlsplit(url)
    query, _, signature = parts.query.rpartition("&X-Goog-Signature=")
    parameters = dict(parse_qsl(query))
    canonical = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in sorted(parameters.items()))
    request = "\n".join([method, parts.path, canonical, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD"])
    scope = parameters["X-Goog-Credential"].partition("/")[2]
    hashed = hashlib.sha256(request.encode()).hexdigest()
    said = "\n".join(["GOOG4-RSA-SHA256", parameters["X-Goog-Date"], scope, hashed])
    key.verify(bytes.fromhex(signature), said.encode(), padding.PKCS1v15(), hashes.SHA256())
    return parameters


def private_key(service: Gcs) -> rsa.RSAPrivateKey:
    pem = json.loads(service.key.read_text())["private_key"].encode()
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def test_a_movie_is_sent_by_the_bucket(
    bucket: TwoPlaces, gcs_service: Gcs, make_movie: MakeMovie, alice: User, bob: User, fetch: Fetch
) -> None:
    movie = make_movie(alice, CONTENT, title="A “film”")
    assert not bucket.disk.exists(movie.file)
    url = f"/api/v1/movies/{movie.pk}/stream/"
    sent = fetch(url, alice, Range="bytes=0-")
    assert (sent.status_code, sent["Cache-Control"]) == (302, "private, no-store")
    signed_by(sent["Location"], private_key(gcs_service).public_key(), "GET")
    part = httpx.get(sent["Location"], headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, CONTENT[1000:2000])
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(CONTENT)}"
    assert part.headers["Content-Type"] == "video/mp4"
    assert part.headers["Content-Disposition"].startswith("inline; filename*=utf-8''A%20")
    head = fetch(url, alice, method="HEAD")["Location"]
    signed_by(head, private_key(gcs_service).public_key(), "HEAD")
    assert httpx.head(head).headers["Content-Length"] == str(len(CONTENT))
    assert fetch(url, bob).status_code == 404


@pytest.mark.parametrize(("seconds", "good_for"), [(90 * 60, "7200"), (8 * 3600, "21600"), (None, "21600")])
def test_a_url_there_is_good_for_as_long_as_the_film_may_take(
    bucket: TwoPlaces, make_movie: MakeMovie, alice: User, fetch: Fetch, seconds: float | None, good_for: str
) -> None:
    movie = make_movie(alice, duration=seconds)
    there = urlsplit(fetch(f"/api/v1/movies/{movie.pk}/stream/", alice)["Location"])
    assert dict(parse_qsl(there.query))["X-Goog-Expires"] == good_for


def test_a_poster_is_sent_by_the_bucket(bucket: TwoPlaces, make_movie: MakeMovie, alice: User, fetch: Fetch) -> None:
    poster = storage.keep(ContentFile(b"jpeg"), storage.new_name("posters", ".jpg"))
    movie = make_movie(alice, poster=poster)
    there = fetch(f"/api/v1/movies/{movie.pk}/poster/", alice)["Location"]
    assert dict(parse_qsl(urlsplit(there).query))["X-Goog-Expires"] == "300"
    found = httpx.get(there)
    assert (found.content, found.headers["Content-Type"]) == (b"jpeg", "image/jpeg")


def test_a_track_comes_from_the_pages_own_origin(
    bucket: TwoPlaces, make_movie: MakeMovie, alice: User, fetch: Fetch
) -> None:
    movie = make_movie(alice)
    track = movie.subtitles.create(
        language="en", file=storage.keep(ContentFile(b"WEBVTT\n"), storage.new_name("subtitles", ".vtt"))
    )
    answer = fetch(f"/api/v1/movies/{movie.pk}/subtitles/{track.pk}/", alice)
    assert (answer.status_code, answer.body) == (200, b"WEBVTT\n")
    assert answer["Content-Type"] == "text/vtt; charset=utf-8"


def test_what_lay_on_the_disk_before_is_served_from_there(
    make_movie: MakeMovie, alice: User, fetch: Fetch, request: pytest.FixtureRequest
) -> None:
    movie = make_movie(alice)
    places = request.getfixturevalue("bucket")
    answer = fetch(f"/api/v1/movies/{movie.pk}/stream/", alice)
    assert (answer.status_code, len(answer.body)) == (200, movie.size)
    storage.media().delete(movie.file)
    assert not places.exists(movie.file)


def test_iam_signs_where_there_is_no_key(
    bucket: TwoPlaces,
    gcs_service: Gcs,
    make_movie: MakeMovie,
    alice: User,
    fetch: Fetch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a machine at Google, which has a token of its own but no key: signBlob is asked in the account's name."""
    movie, key = make_movie(alice), private_key(gcs_service)

    class OfMachine(credentials.Credentials):
        def refresh(self, request: Any) -> None:
            self.token, self.expiry = "of the machine", None

    def sign_blob(request: Any, url: str, method: str, body: str, headers: dict[str, str]) -> Any:
        assert headers["Authorization"] == "Bearer of the machine"
        assert url.endswith("/serviceAccounts/signer@example.org:signBlob?alt=json")
        signed = key.sign(base64.b64decode(json.loads(body)["payload"]), padding.PKCS1v15(), hashes.SHA256())
        answer = json.dumps({"signedBlob": base64.b64encode(signed).decode()}).encode()
        return type("Answer", (), {"status": 200, "data": answer})

    monkeypatch.setattr("google.auth.default", lambda scopes: (OfMachine(), None))
    monkeypatch.setattr("google.auth.transport.requests.Request.__call__", sign_blob)
    at_google = adapter.BucketStorage(
        bucket_name="watchparty", emulator=gcs_service.url, iam_sign_blob=True, sa_email="signer@example.org"
    )
    url = at_google.signed_url(
        movie.file, method="GET", content_type="video/mp4", disposition="inline", good_for=timedelta(hours=1)
    )
    parameters = signed_by(url, key.public_key(), "GET")
    assert parameters["X-Goog-Credential"].startswith("signer@example.org/")


def test_nothing_is_written_over(bucket: TwoPlaces) -> None:
    name = storage.keep(ContentFile(CONTENT), name_of_its_own())
    with pytest.raises(FileExistsError):
        storage.keep(ContentFile(b"another"), name)
    with storage.media().open(name) as file:
        assert file.read() == CONTENT


def test_no_object_is_of_a_type_that_browsers_run(bucket: TwoPlaces) -> None:
    for suffix in (".html", ".svg", ".js"):
        name = storage.keep(ContentFile(b"<script>"), name_of_its_own(suffix))
        assert bucket.bucket.known(name).content_type == "application/octet-stream"


def test_a_file_is_never_in_memory_as_a_whole(
    bucket: TwoPlaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "BLOCK", MB)
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(9 * MB)
    tracemalloc.start()
    try:
        with large.open("rb") as file:
            name = storage.keep(File(file), name_of_its_own())
        with storage.media().open(name) as stored:
            assert stored.read(10) == bytes(10)
        bucket.bucket.download(name, tmp_path / "copy", meanwhile=lambda: None)
        assert tracemalloc.get_traced_memory()[1] < 5 * MB
    finally:
        tracemalloc.stop()
    assert (tmp_path / "copy").stat().st_size == 9 * MB


def test_a_bucket_that_is_away_is_503(
    bucket: TwoPlaces, make_movie: MakeMovie, alice: User, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    movie = make_movie(alice)
    track = movie.subtitles.create(language="en", file="subtitles/none.vtt")
    url = f"/api/v1/movies/{movie.pk}/subtitles/{track.pk}/"
    assert fetch(url, alice).status_code == 404
    monkeypatch.setattr(adapter, "RETRY", DEFAULT_RETRY.with_timeout(0.1))
    monkeypatch.setattr(bucket.bucket.client._connection, "API_BASE_URL", "http://127.0.0.1:9")
    assert fetch(url, alice).status_code == 503


def test_what_a_page_may_reach() -> None:
    assert of_bucket("films") == ("https://films.storage.googleapis.com", f"{GOOGLE}/upload/storage/v1/b/films/")
    assert of_bucket("films.example.org").files == GOOGLE
    assert of_bucket("films", "127.0.0.1:4443").files == "http://127.0.0.1:4443"


def test_without_a_signer_the_check_says_so(settings: Settings, gcs_service: Gcs, tmp_path: Path) -> None:
    def found() -> list[str | None]:
        return [problem.id for problem in run_checks() if problem.id == "watchparty.E008"]

    assert not found()
    settings.GS_BUCKET_NAME = "films"
    assert found()
    settings.GOOGLE_APPLICATION_CREDENTIALS = str(gcs_service.key)
    assert not found()
    settings.GOOGLE_APPLICATION_CREDENTIALS = str(tmp_path / "none")
    assert found()
    settings.GS_SA_EMAIL = "signer@example.org"
    assert not found()


def test_a_plain_upload_goes_to_the_bucket_and_is_processed(
    bucket: TwoPlaces,
    alice: User,
    film: Path,
    api: Callable[..., Any],
    settings: Settings,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        sent = {"title": "A film", "file": File(BytesIO(film.read_bytes()), name="film.mp4")}
        assert api(alice).post("/api/v1/movies/", sent, format="multipart").status_code == 201
    movie = Movie.objects.get()
    assert (movie.status, movie.error) == ("ready", "")
    assert not any(bucket.disk.exists(name) for name in (movie.file, movie.poster))
    with storage.media().open(movie.file) as stored:
        assert stored.read() == film.read_bytes()
    assert not list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())
    with django_capture_on_commit_callbacks(execute=True):
        api(alice).delete(f"/api/v1/movies/{movie.pk}/")
    assert not any(bucket.exists(name) for name in (movie.file, movie.poster))


def test_a_movie_waits_for_a_bucket_that_is_away(
    bucket: TwoPlaces, make_movie: MakeMovie, alice: User, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    movie = make_movie(alice, film.read_bytes(), status=Movie.Status.PROCESSING)
    with monkeypatch.context() as away:
        away.setattr(adapter, "RETRY", DEFAULT_RETRY.with_timeout(0.1))
        away.setattr(bucket.bucket.client._connection, "API_BASE_URL", "http://127.0.0.1:9")
        processing.process(movie.pk)
    movie.refresh_from_db()
    assert (movie.status, movie.attempts) == ("processing", 0)
    assert not processing.unfinished()
    processing.release_all()
    processing.process(movie.pk)
    movie.refresh_from_db()
    assert (movie.status, movie.attempts) == ("ready", 1)


def test_what_is_packed_anew_goes_to_the_bucket_in_its_place(
    bucket: TwoPlaces, make_movie: MakeMovie, alice: User, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    source = clip(tmp_path / "film.mkv", container="matroska").read_bytes()
    movie = make_movie(alice, source, status=Movie.Status.PROCESSING)
    before = movie.file
    with django_capture_on_commit_callbacks(execute=True):
        processing.process(movie.pk)
    movie.refresh_from_db()
    assert (movie.status, movie.content_type) == ("ready", "video/mp4")
    assert bucket.bucket.known(movie.file).size == movie.size
    assert not bucket.exists(before)


@pytest.mark.django_db
def test_the_page_sends_a_film_whole_by_its_form(client: Client, alice: User, bucket: TwoPlaces, film: Path):
    """Where no script runs; the script sends chunks straight to the bucket."""
    client.force_login(alice)
    assert b"upload.js" in client.get("/movies/new/").content
    with film.open("rb") as file:
        answer = client.post("/movies/new/", {"title": "Metropolis", "file": file})
    assert answer.status_code == 302
    assert bucket.in_bucket(Movie.objects.get().file)
