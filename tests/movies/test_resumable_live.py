"""Resumable uploads to a real server: cut off, killed, by two at once, by Google's own client."""

import hashlib
import json
import random
import resource
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from google.resumable_media.requests import ResumableUpload

from movies.content_range import QUANTUM
from tests.live import LiveServer, Person
from tests.movies.clips import box
from tests.movies.test_live_files import memory
from tests.waiting import PATIENCE, held_within

pytestmark = pytest.mark.server

MB = 1024**2


@pytest.fixture(scope="module")
def content(film: Path) -> bytes:
    """A film and 40 MB that are nothing like each other."""
    return film.read_bytes() + box(b"free", random.Random(6).randbytes(40 * MB))


@pytest.fixture(scope="module")
def alice(server: LiveServer) -> Person:
    return server.person("alice")


def begin(person: Person, content: bytes) -> dict[str, Any]:
    upload: dict[str, Any] = person.post("uploads/", 201, filename="film.mp4", size=len(content), title="A film")
    return upload


def put(person: Person, upload: dict[str, Any], body: bytes, content_range: str) -> httpx.Response:
    return person.http.put(f"uploads/{upload['id']}/", content=body, headers={"Content-Range": content_range})


def send(person: Person, upload: dict[str, Any], content: bytes, first: int, end: int) -> httpx.Response:
    return put(person, upload, content[first:end], f"bytes {first}-{end - 1}/{len(content)}")


def offset(person: Person, upload: dict[str, Any], size: int) -> int:
    asked = put(person, upload, b"", f"bytes */{size}")
    assert asked.status_code == 308, asked.text
    return int(asked.headers["Range"].removeprefix("bytes=0-")) + 1 if "Range" in asked.headers else 0


def send_half(person: Person, upload: dict[str, Any], content: bytes, first: int) -> socket.socket:
    """A connection whose request says that all the rest comes, and which has sent 10 MB of it."""
    connection = socket.create_connection(("127.0.0.1", person.server.port))
    lines = [
        f"PUT {upload['upload_url']} HTTP/1.1",
        f"Host: 127.0.0.1:{person.server.port}",
        f"Authorization: Bearer {person.access}",
        f"Content-Length: {len(content) - first}",
        f"Content-Range: bytes {first}-{len(content) - 1}/{len(content)}",
        "",
        "",
    ]
    connection.sendall("\r\n".join(lines).encode() + content[first : first + 10 * MB])
    return connection


def free(person: Person, upload: dict[str, Any], content: bytes, first: int) -> int:
    """How far it is, once the server has noticed that the request before was cut off: until then it is busy with it."""
    end = first + QUANTUM

    def taken() -> bool:
        sent = send(person, upload, content, first, end)
        assert sent.status_code == 308 or sent.json()["code"] == "upload_busy", sent.text
        return sent.status_code == 308

    assert held_within(PATIENCE, taken)
    return end


def stored(server: LiveServer, content: bytes) -> bool:
    """Whether a movie with that checksum lies in the media."""
    wanted = hashlib.sha256(content).hexdigest()
    files = [path for path in (server.data / "media" / "movies").rglob("*") if path.is_file()]
    return wanted in {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_cut_off_killed_and_out_of_space_it_comes_through(
    new_server: Callable[..., LiveServer], content: bytes
) -> None:
    server = new_server()
    server.stop("worker")
    alice = server.person("alice")
    upload, size = begin(alice, content), len(content)
    with send_half(alice, upload, content, 0):
        assert held_within(PATIENCE, lambda: offset(alice, upload, size) == 10 * MB)
    with send_half(alice, upload, content, free(alice, upload, content, 10 * MB)):
        assert held_within(PATIENCE, lambda: offset(alice, upload, size) > 15 * MB)
        server.stop("web", sig=signal.SIGKILL)
    server.start_web()
    have = offset(alice, upload, size)
    assert 15 * MB < have <= 20 * MB + QUANTUM

    # A limit on the size of files stands for the full disk.
    pid = server.processes["web"].pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (have + MB, resource.RLIM_INFINITY))
    full = send(alice, upload, content, have, have + 4 * MB)
    assert (full.status_code, full.json()["code"]) == (507, "out_of_space")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert offset(alice, upload, size) == have + MB

    before, have = memory(server), have + MB
    while have + upload["chunk_size"] < size:
        sent = send(alice, upload, content, have, have + upload["chunk_size"])
        assert sent.status_code == 308
        have = int(sent.headers["Range"].removeprefix("bytes=0-")) + 1
    last = send(alice, upload, content, have, size)
    assert (last.status_code, last.json()["status"]) == (200, "processing")
    assert memory(server) - before < 15 * MB
    assert stored(server, content)
    assert not list((server.data / "unfinished").iterdir())
    assert "Traceback" not in server.log("web")


def test_of_two_at_one_offset_one_wins(alice: Person, server: LiveServer, content: bytes) -> None:
    upload, size = begin(alice, content), len(content)
    for first in range(0, 16 * MB, 8 * MB):
        with ThreadPoolExecutor(4) as pool:
            sending = [pool.submit(send, alice, upload, content, first, first + 8 * MB) for _ in range(4)]
        answers = [sent.result() for sent in sending]
        assert 308 in {answer.status_code for answer in answers}
        others = [answer for answer in answers if answer.status_code != 308]
        assert {answer.json()["code"] for answer in others} <= {"upload_busy"}
        assert offset(alice, upload, size) == first + 8 * MB
    assert send(alice, upload, content, 16 * MB, size).status_code == 200
    assert held_within(60, lambda: alice.get(f"movies/{upload['movie']}/")["status"] == "ready")


def test_google_resumable_media_uploads_here(alice: Person, server: LiveServer, content: bytes) -> None:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {alice.access}"
    client = ResumableUpload(f"{server.url}/api/v1/uploads/", 20 * QUANTUM)
    announced = {"filename": "film.mp4", "size": len(content), "content_type": "video/mp4", "title": "By Google"}
    client.initiate(session, BytesIO(content), announced, "video/mp4", total_bytes=len(content))
    client.transmit_next_chunk(session)
    # As after a failure of its own: it asks how far it got, and goes on.
    client._make_invalid()
    client.recover(session)
    assert client.bytes_uploaded == 20 * QUANTUM
    while not client.finished:
        answer = client.transmit_next_chunk(session)
    assert json.loads(answer.content)["title"] == "By Google"
    session.close()


def test_who_may_not_is_refused_before_the_body_is_read(server: LiveServer, alice: Person, content: bytes) -> None:
    upload, bob = begin(alice, content), server.person("bob")
    refused = put(bob, upload, content, f"bytes 0-{len(content) - 1}/{len(content)}")
    assert refused.status_code == 404
    assert refused.headers["Connection"] == "close"
    small = send(bob, upload, content, 0, 8 * MB)
    assert (small.status_code, "Connection" in small.headers) == (404, False)
    assert offset(alice, upload, len(content)) == 0
    alice.http.delete(f"uploads/{upload['id']}/")
