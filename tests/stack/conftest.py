"""One server for all tests here that change nothing of it: two web processes and a worker on the real services."""

import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from scripts.native import Postgres, Smtp
from tests.clips import make_clip
from tests.live import LiveServer, Person

HOST_GONE = 1.5
FILMS_READY_SECONDS = 60
QUOTA = 1000 * 1024**2
"""Bytes, for the movies of all tests here."""


@pytest.fixture(scope="package")
def stack(
    tmp_path_factory: pytest.TempPathFactory, redis_url: str, postgres_service: Postgres, smtp_service: Smtp
) -> Iterator[LiveServer]:
    name = f"test_{uuid4().hex[:12]}"
    postgres_service.create(name)
    extra = {
        "REDIS_URL": redis_url,
        "DATABASE_URL": postgres_service.url(name),
        "WORKERS": "2",
        # Everybody may be in another process than the others.
        "ROOM_TOGETHER": "0",
        "SYNC_HOST_GONE": str(HOST_GONE),
        "SYNC_OFFLINE_SECONDS": "1",
        "UPLOAD_QUOTA_SERVER": str(QUOTA),
    }
    server = LiveServer(tmp_path_factory.mktemp("stack") / "data", extra=extra | smtp_service.settings()).start()
    yield server
    server.stop()
    postgres_service.drop(name)


@pytest.fixture(scope="package")
def crowd(stack: LiveServer) -> list[Person]:
    """Twenty people."""
    return stack.crowd(20)


@pytest.fixture(scope="package")
def films(crowd: list[Person], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The ids of three movies of the eleventh person's, a second long each, ready to be played."""
    owner = crowd[10]
    clip = make_clip(tmp_path_factory.mktemp("films") / "film.mp4", seconds=1).read_bytes()
    made = []
    for title in ("One", "Two", "Three"):
        answer = owner.http.post("movies/", data={"title": title}, files={"file": ("f.mp4", clip, "video/mp4")})
        assert answer.status_code == 201, answer.text
        made.append(str(answer.json()["id"]))
    deadline = time.monotonic() + FILMS_READY_SECONDS
    while any(owner.get(f"movies/{each}/")["status"] != "ready" for each in made):
        assert time.monotonic() < deadline, "the films were not prepared in time"
        time.sleep(0.2)
    return made
