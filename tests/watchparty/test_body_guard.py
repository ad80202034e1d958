"""Bodies are refused before they are read: by path, by who sends, by size."""

import asyncio
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings

from watchparty.body_guard import BodyGuard
from watchparty.errors import Forbidden, NotAuthenticated, RateLimited

MOVIES = "/api/v1/movies/"
MB = 1024 * 1024


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Reads the whole body and answers 200."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class Posted:
    """One POST to the guard; the application reads on when it is let."""

    def __init__(self, guard: BodyGuard, path: str, *, declared: str | None = None, chunks: tuple[int, ...] = ()):
        self.sent: list[Mapping[str, Any]] = []
        self.waiting = list(chunks) or [0]
        self.taken = 0
        self.go_on = asyncio.Event()
        headers = [(b"content-length", declared.encode())] if declared else []
        scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
        self.task = asyncio.ensure_future(guard(scope, self.receive, self.send))

    async def receive(self) -> dict[str, Any]:
        if self.taken:
            await self.go_on.wait()
        self.taken += 1
        size = self.waiting.pop(0)
        return {"type": "http.request", "body": bytes(size), "more_body": bool(self.waiting)}

    async def send(self, message: Mapping[str, Any]) -> None:
        self.sent.append(message)

    async def until_stuck(self) -> "Posted":
        """Has begun, and waits for the rest of its body."""
        for _ in range(5):
            await asyncio.sleep(0)
        return self

    async def end(self) -> int:
        """The status that it was answered with."""
        self.go_on.set()
        await self.task
        status: int = self.sent[0]["status"]
        return status


async def anybody(scope: Any) -> None:
    """May upload."""


async def nobody(scope: Any) -> None:
    raise NotAuthenticated("Sign in.")


async def guest(scope: Any) -> None:
    raise Forbidden("Guests may not.", code="guest")


async def too_often(scope: Any) -> None:
    raise RateLimited("Too often.", retry_after=7.2)


async def post(
    path: str, *, declared: str | None = None, chunks: tuple[int, ...] = (), admit: Any = anybody
) -> tuple[int, int]:
    """Status and number of chunks that were taken."""
    posted = Posted(BodyGuard(echo, admit_upload=admit), path, declared=declared, chunks=chunks)
    return await posted.end(), posted.taken


@pytest.fixture(autouse=True)
def _limits(settings: Settings) -> None:
    settings.BODY_MAX_BYTES = 1000
    settings.UPLOAD_MAX_BYTES = 100 * MB


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """``disk.free`` bytes are left."""
    left = SimpleNamespace(free=10**12)
    monkeypatch.setattr("watchparty.incoming.shutil.disk_usage", lambda path: left)
    return left


async def test_it_works():
    assert await post("/api/v1/rooms/", declared="1000", chunks=(1000,)) == (200, 1)
    assert await post(MOVIES, declared="1000000", chunks=(500_000, 500_000)) == (200, 2)
    assert await post("/movies/new/", chunks=(5 * MB, 5 * MB)) == (200, 2)


async def test_a_declared_length_is_refused_unread():
    assert await post("/nowhere/", declared="5000000000") == (413, 0)
    assert await post(MOVIES, declared="5000000000") == (413, 0)
    assert await post(MOVIES, declared="9" * 5000) == (400, 0)


@pytest.mark.parametrize("path", ["/api/v1/movies/11111111-2222-4333-8444-555555555555/subtitles/", "/movies/new"])
async def test_a_path_that_takes_no_file_takes_no_large_body(path: str):
    assert await post(path, declared="500000") == (413, 0)


@pytest.mark.parametrize(("who", "status"), [(nobody, 401), (guest, 403), (too_often, 429)])
async def test_who_may_not_upload_is_refused_unread(who: Any, status: int):
    assert await post(MOVIES, declared="500000", admit=who) == (status, 0)
    assert await post(MOVIES, chunks=(10, 10), admit=who) == (status, 0)


async def test_the_refusal_is_a_problem_with_its_headers():
    posted = Posted(BodyGuard(echo, admit_upload=too_often), MOVIES, declared="5")
    await posted.end()
    headers = dict(posted.sent[0]["headers"])

    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"retry-after"] == b"8"
    assert json.loads(posted.sent[1]["body"])["code"] == "rate_limited"


async def test_what_comes_without_a_length_is_counted():
    assert await post("/api/v1/rooms/", chunks=(600, 600, 600)) == (413, 2)


@pytest.mark.parametrize("length", ["-1", "1e9", "ten", "1,1"])
async def test_a_length_that_is_no_number_is_refused(length: str):
    assert await post("/api/v1/rooms/", declared=length) == (400, 0)


async def test_an_upload_must_fit_twice(disk: SimpleNamespace):
    disk.free = 20 * MB
    assert await post(MOVIES, declared=str(10 * MB), chunks=(10 * MB,)) == (200, 1)
    assert await post(MOVIES, declared=str(10 * MB + 1)) == (507, 0)


async def test_uploads_at_once_must_fit_together(disk: SimpleNamespace):
    guard = BodyGuard(echo, admit_upload=anybody)
    disk.free = 30 * MB
    first = await Posted(guard, MOVIES, declared=str(10 * MB), chunks=(4 * MB, 6 * MB)).until_stuck()
    # Of the 20 MB that it needs 4 are written: they are no longer free, and no longer promised either.
    disk.free = 26 * MB
    assert await Posted(guard, MOVIES, declared=str(5 * MB + 1)).end() == 507
    assert await Posted(guard, MOVIES, declared=str(5 * MB), chunks=(5 * MB,)).end() == 200
    assert await first.end() == 200
    # What has ended holds nothing.
    assert await Posted(guard, MOVIES, declared=str(13 * MB), chunks=(13 * MB,)).end() == 200


async def test_one_that_does_not_say_how_long_it_is_stops_when_the_disk_is_full(disk: SimpleNamespace):
    disk.free = 8 * MB
    assert await post(MOVIES, chunks=(3 * MB,)) == (200, 1)
    disk.free = 7 * MB
    assert await post(MOVIES, chunks=(3 * MB, 3 * MB)) == (507, 1)


async def test_it_looks_again_on_the_way(disk: SimpleNamespace):
    posted = await Posted(BodyGuard(echo, admit_upload=anybody), MOVIES, chunks=(4 * MB, 1, 1)).until_stuck()
    disk.free = MB
    assert await posted.end() == 507
    assert posted.taken == 2
