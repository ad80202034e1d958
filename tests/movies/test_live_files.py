"""Files over a real server: memory stays flat, readers that stop or leave cost nothing, uploads never lie in memory."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.live import LiveServer, Person
from tests.movies.clips import box
from tests.waiting import PATIENCE, held_within

pytestmark = pytest.mark.server

SPARSE_BYTES = 2 * 1024**3 + 12345
MB = 1024**2


@pytest.fixture(scope="module")
def alice(server: LiveServer) -> Person:
    return server.person("alice")


@pytest.fixture(scope="module")
def source(server: LiveServer, alice: Person, film: Path) -> Iterator[str]:
    """The URL of a movie whose file was made 2 GB long, without taking up the disk."""
    before = set((server.data / "media" / "movies").rglob("*.mp4"))
    answer = server.manage("import_movie", str(film), "--owner", alice.user["username"], "--json")
    (stored,) = set((server.data / "media" / "movies").rglob("*.mp4")) - before
    os.truncate(stored, SPARSE_BYTES)
    movie = alice.get(f"movies/{json.loads(answer)['id']}/")
    yield server.url + movie["sources"][0]["url"]
    stored.unlink()


def memory(server: LiveServer) -> int:
    """Resident bytes of the web process."""
    status = Path(f"/proc/{server.processes['web'].pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024


def open_media(server: LiveServer) -> list[str]:
    """Stored files that the web process has open."""
    found = []
    for fd in Path(f"/proc/{server.processes['web'].pid}/fd").iterdir():
        try:
            found.append(str(fd.readlink()))
        except FileNotFoundError:
            continue
    return [name for name in found if "/media/movies/" in name]


def raw_get(url: str, *headers: str) -> socket.socket:
    """A connection on which that was asked for, and nothing read yet."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    connection = socket.create_connection((parts.hostname, parts.port))
    lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}", *headers, "", ""]
    connection.sendall("\r\n".join(lines).encode())
    return connection


def test_it_works(source: str, film: Path) -> None:
    with httpx.Client(timeout=60) as client:
        head = client.head(source)
        assert int(head.headers["Content-Length"]) == SPARSE_BYTES
        start = client.get(source, headers={"Range": "bytes=0-1023"})
        assert (start.status_code, start.content) == (206, film.read_bytes()[:1024])
        end = client.get(source, headers={"Range": "bytes=-5"})
        assert (end.status_code, end.content) == (206, bytes(5))
        assert end.headers["Content-Range"] == f"bytes {SPARSE_BYTES - 5}-{SPARSE_BYTES - 1}/{SPARSE_BYTES}"
        beyond = client.get(source, headers={"Range": f"bytes={SPARSE_BYTES}-"})
        assert beyond.status_code == 416
        again = client.get(source, headers={"Range": "bytes=0-9", "If-Range": start.headers["ETag"]})
        assert again.status_code == 206


def test_two_gigabytes_take_no_memory(server: LiveServer, source: str) -> None:
    with httpx.stream("GET", source, timeout=60) as answer:
        chunks = answer.iter_raw(MB)
        next(chunks)
        before = memory(server)
        taken = highest = 0
        for chunk in chunks:
            taken += len(chunk)
            if taken // (64 * MB) != (taken - len(chunk)) // (64 * MB):
                highest = max(highest, memory(server))
    assert answer.status_code == 200
    assert taken + MB == SPARSE_BYTES
    assert highest - before < 30 * MB
    assert held_within(PATIENCE, lambda: not open_media(server))


def test_a_reader_that_stops_takes_no_memory(server: LiveServer, source: str) -> None:
    before = memory(server)
    connections = [raw_get(source) for _ in range(10)]
    assert held_within(PATIENCE, lambda: len(open_media(server)) == 10)
    time.sleep(1)
    assert memory(server) - before < 40 * MB
    for connection in connections:
        connection.close()
    assert held_within(PATIENCE, lambda: not open_media(server))


def test_a_reader_that_leaves_ends_the_reading(server: LiveServer, source: str) -> None:
    for _ in range(20):
        connection = raw_get(source)
        connection.recv(1000)
        connection.close()
    assert held_within(PATIENCE, lambda: not open_media(server))
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    assert "Traceback" not in server.log("web")


def test_many_read_at_once(source: str, film: Path) -> None:
    content = film.read_bytes()
    wrong: list[int] = []

    def read(index: int) -> None:
        first = index * 100
        part = httpx.get(source, headers={"Range": f"bytes={first}-{first + 4999}"}, timeout=60)
        if part.content != content[first : first + 5000]:
            wrong.append(index)

    threads = [threading.Thread(target=read, args=(index,)) for index in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_head_keeps_the_connection(source: str) -> None:
    with httpx.Client(timeout=30) as client:
        assert client.head(source).status_code == 200
        assert client.get(source, headers={"Range": "bytes=0-0"}).status_code == 206
        assert client.get(source, headers={"If-None-Match": client.head(source).headers["ETag"]}).status_code == 304


def test_an_upload_never_lies_in_memory(server: LiveServer, alice: Person, film: Path) -> None:
    large = film.read_bytes() + (200 * MB).to_bytes(4) + b"free" + bytes(200 * MB - 8)
    before = memory(server)
    answer = alice.http.post("movies/", data={"title": "Large"}, files={"file": ("a.mp4", large)}, timeout=120)
    assert answer.status_code == 201
    assert memory(server) - before < 60 * MB
    movie = answer.json()["id"]
    assert held_within(60, lambda: alice.get(f"movies/{movie}/")["status"] == "ready")
    # It can be watched before its previews are made.
    assert held_within(PATIENCE, lambda: not list((server.data / "incoming").iterdir()))
    assert alice.http.delete(f"movies/{movie}/").status_code == 204


def test_who_may_not_upload_is_refused(new_server: Callable[..., LiveServer], film: Path) -> None:
    """Before the body is read; each try counts once, whatever comes of it."""
    server = new_server(RATE_LIMIT_UPLOAD="2/hour")
    alice, bob = server.person("alice"), server.person("bob")

    def upload(person: Person, field: str = "file") -> httpx.Response:
        files = {field: ("a.mp4", film.read_bytes())}
        return person.http.post("movies/", data={"title": "Film"}, files=files, timeout=60)

    assert [upload(alice).status_code for _ in range(3)] == [201, 201, 429]
    refused = upload(alice)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert int(refused.headers["Retry-After"]) > 0
    assert [upload(bob, "another").status_code for _ in range(2)] == [400, 400]
    assert upload(bob).status_code == 429


def test_a_full_disk_is_507(new_server: Callable[..., LiveServer], film: Path) -> None:
    """A limit on the size of files stands for it: the system says so by the same kind of error."""
    server = new_server()
    alice = server.person("alice")
    resource = pytest.importorskip("resource")
    resource.prlimit(server.processes["web"].pid, resource.RLIMIT_FSIZE, (8 * MB, 8 * MB))
    large = film.read_bytes() + box(b"free", bytes(20 * MB))
    answer = alice.http.post("movies/", data={"title": "Large"}, files={"file": ("a.mp4", large)}, timeout=60)
    assert answer.status_code == 507
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert alice.get("movies/")["count"] == 0
    assert not list((server.data / "incoming").iterdir())
    small = alice.http.post("movies/", data={"title": "Small"}, files={"file": ("a.mp4", film.read_bytes())})
    assert small.status_code == 201
