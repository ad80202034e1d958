"""Bodies are refused before they are read: by path, by who sends, by size."""

from collections.abc import Mapping
from typing import Any

import pytest
from pytest_django import Settings

from watchparty.body_guard import BodyGuard

MOVIES = "/api/v1/movies/"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Reads the whole body and answers 200."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def post(
    path: str, *, declared: str | None = None, chunks: tuple[int, ...] = (), signed_in: bool = False
) -> tuple[int, int]:
    """Status and number of chunks that were taken."""
    sent: list[Mapping[str, Any]] = []
    waiting = list(chunks) or [0]
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        size = waiting.pop(0)
        return {"type": "http.request", "body": b"x" * size, "more_body": bool(waiting)}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    async def check(scope: Any) -> bool:
        return signed_in

    headers = [(b"content-length", declared.encode())] if declared else []
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    await BodyGuard(echo, signed_in=check)(scope, receive, send)
    return sent[0]["status"], taken


@pytest.fixture(autouse=True)
def _limits(settings: Settings) -> None:
    settings.BODY_MAX_BYTES = 1000
    settings.UPLOAD_MAX_BYTES = 1_000_000


async def test_it_works():
    assert await post("/api/v1/rooms/", declared="1000", chunks=(1000,)) == (200, 1)
    assert await post(MOVIES, declared="1000000", chunks=(500_000, 500_000), signed_in=True) == (200, 2)


async def test_a_declared_length_is_refused_unread():
    assert await post("/nowhere/", declared="5000000000") == (413, 0)
    assert await post(MOVIES, declared="5000000000", signed_in=True) == (413, 0)


async def test_an_upload_of_nobody_is_refused_unread():
    assert await post(MOVIES, declared="500000") == (401, 0)


async def test_what_comes_without_a_length_is_counted():
    assert await post("/api/v1/rooms/", chunks=(600, 600, 600)) == (413, 2)


@pytest.mark.parametrize("length", ["-1", "1e9", "ten", "1,1"])
async def test_a_length_that_is_no_number_is_refused(length: str):
    assert await post("/api/v1/rooms/", declared=length) == (400, 0)
