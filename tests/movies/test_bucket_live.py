"""A real server whose films lie in a bucket: a file goes straight there, through cuts and a killed web process."""

import random
import signal
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from movies.content_range import QUANTUM
from scripts.native import Gcs
from tests.live import LiveServer
from tests.movies.clips import box
from tests.movies.test_live_files import memory
from tests.waiting import PATIENCE, held_within

pytestmark = pytest.mark.server

MB = 1024**2


def come(session: str, size: int) -> int:
    answer = httpx.put(session, headers={"Content-Range": f"bytes */{size}"}, timeout=PATIENCE)
    assert answer.status_code == 308, answer.text
    return int(answer.headers["Range"].removeprefix("bytes=0-")) + 1 if "Range" in answer.headers else 0


def has_more_than(session: str, size: int, before: int) -> bool:
    return come(session, size) > before


def cut_off(session: str, content: bytes, first: int, sent: int) -> None:
    """A request that says that all the rest comes, and breaks off after so many bytes."""
    parts = urlsplit(session)
    assert parts.hostname
    lines = [
        f"PUT {parts.path}?{parts.query} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Content-Length: {len(content) - first}",
        f"Content-Range: bytes {first}-{len(content) - 1}/{len(content)}",
        "",
        "",
    ]
    with socket.create_connection((parts.hostname, parts.port or 80)) as connection:
        connection.sendall("\r\n".join(lines).encode() + content[first : first + sent])


def test_a_film_goes_straight_to_the_bucket_and_plays_from_there(
    new_server: Callable[..., LiveServer], gcs_service: Gcs, film: Path
) -> None:
    server = new_server(**gcs_service.settings())
    alice = server.person("alice")
    content = film.read_bytes() + box(b"free", random.Random(6).randbytes(6 * MB))
    size = len(content)
    upload = alice.post("uploads/", 201, filename="film.mp4", size=size, title="A film")
    session, resident = upload["upload_url"], memory(server)
    have = 0
    for _ in range(2):
        cut_off(session, content, have, 2 * MB + 1000)
        assert held_within(PATIENCE, partial(has_more_than, session, size, have))
        have = come(session, size)
        assert have % QUANTUM == 0
    rest = {"Content-Range": f"bytes {have}-{size - 1}/{size}"}
    assert httpx.put(session, content=content[have:], headers=rest, timeout=PATIENCE).status_code == 200
    assert memory(server) - resident < 10 * MB

    server.stop("web", sig=signal.SIGKILL)
    server.start_web()
    assert alice.post(f"uploads/{upload['id']}/complete/")["status"] == "processing"
    assert held_within(60, lambda: alice.get(f"movies/{upload['movie']}/")["status"] != "processing")
    movie = alice.get(f"movies/{upload['movie']}/")
    assert (movie["status"], movie["error"]) == ("ready", "")
    played = alice.http.get(f"{server.url}{movie['sources'][0]['url']}", follow_redirects=True)
    assert played.content == content
    # Previews are made meanwhile, from a copy as well.
    assert held_within(PATIENCE, lambda: not list((server.data / "incoming").iterdir()))

    policy = httpx.get(f"{server.url}/").headers["Content-Security-Policy"]
    allowed = {parts[0]: parts[1:] for parts in (part.split() for part in policy.split(";"))}
    assert all(gcs_service.url in allowed[kind] for kind in ("media-src", "img-src", "connect-src"))
    assert any(session.startswith(source) for source in allowed["connect-src"] if "/upload/" in source)
