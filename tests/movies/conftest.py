from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.base import ContentFile
from django.test import AsyncClient
from pytest_django import Settings

from accounts.models import User
from accounts.services import issue_tokens
from movies import access, processing, services, storage
from movies.models import Movie
from movies.two_places import TwoPlaces
from scripts.native import Gcs
from tests.movies.clips import clip
from tests.movies.elsewhere import Elsewhere

CONTENT = bytes(range(256)) * 4
Processed = Callable[[bytes | Path], Movie]


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds that every browser plays as they are."""
    return clip(tmp_path_factory.mktemp("clips") / "film.mp4", movflags="+faststart")


@pytest.fixture
def shared_with() -> Iterator[Callable[[User], None]]:
    """``shared_with(bob)``: from now on Bob may watch every movie, as if a room had granted it."""
    from django.db.models import Q

    people: set[Any] = set()

    def grant(user: User) -> Q:
        return Q(pk__isnull=False) if user.pk in people else Q(pk=None)

    access._grants.append(grant)
    yield lambda user: people.add(user.pk)
    access._grants.remove(grant)


@pytest.fixture
def make_movie() -> Callable[..., Movie]:
    """A movie whose file holds any bytes, as if it had been processed."""

    def make(owner: User, content: bytes = CONTENT, **fields: Any) -> Movie:
        name = storage.keep(ContentFile(content), storage.new_name("movies", ".mp4"))
        ready = {
            "title": "A film",
            "status": Movie.Status.READY,
            "file": name,
            "content_type": "video/mp4",
            "codecs": {"container": "mp4", "video": "h264", "audio": "aac"},
            "duration": 2.0,
            "size": len(content),
        }
        return Movie.objects.create(owner=owner, **(ready | fields))

    return make


@pytest.fixture
def processed(alice: User) -> Processed:
    """A movie of Alice's made from this file, after its job has run."""

    def process(source: bytes | Path) -> Movie:
        content = source if isinstance(source, bytes) else source.read_bytes()
        name = storage.keep(ContentFile(content), storage.new_name("movies", ".mp4"))
        movie = Movie.objects.create(owner=alice, title="?", file=name, size=len(content))
        processing.process(movie.pk)
        movie.refresh_from_db()
        return movie

    return process


@pytest.fixture
def fetch() -> Callable[..., Any]:
    """``fetch(url, user, method="GET", **headers)``: the whole answer by the asynchronous path, body in ``.body``."""

    @async_to_sync
    async def get(url: str, headers: dict[str, str], method: str) -> Any:
        response: Any = await AsyncClient().generic(method, url, headers=headers)
        if response.streaming:
            response.body = b"".join([chunk async for chunk in response])
        else:
            response.body = response.content
        return response

    def fetch(url: str, user: User | None = None, method: str = "GET", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if user is not None:
            tokens = issue_tokens(user=user, kind="api", user_agent="tests", ip="127.0.0.1")
            named["Authorization"] = f"Bearer {tokens.access}"
        return get(url, named, method)

    return fetch


@pytest.fixture
def bucket(gcs_service: Gcs, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> TwoPlaces:
    """From now on new media go to a bucket, as GS_BUCKET_NAME has it."""
    for name, value in gcs_service.settings().items():
        monkeypatch.setenv(name, value)
        setattr(settings, name, value)
    options = {"bucket_name": settings.GS_BUCKET_NAME, "emulator": gcs_service.url}
    media = {"BACKEND": "movies.two_places.TwoPlaces", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"media": media}
    places = storage.media()
    assert isinstance(places, TwoPlaces)
    return places


@pytest.fixture
def allowed(settings: Any) -> Any:
    """Loopback stands for the public internet."""
    settings.EXTERNAL_MOVIE_NETWORKS = ["127.0.0.0/8"]
    return settings


@pytest.fixture
def elsewhere(film: Path, allowed: Any) -> Iterator[Elsewhere]:
    server = Elsewhere(files={"/film.mp4": film.read_bytes()}).start()
    yield server
    server.stop()


@pytest.fixture
def added(alice: User) -> Callable[[str], Movie]:
    """``added(url)``: the movie, after the worker has looked at it."""

    def add(url: str) -> Movie:
        return services.import_url(owner=alice, url=url, title="A film")

    return add
