"""Uploads to two web processes on PostgreSQL: whichever gets a chunk, and whoever else announces in the same moment."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from movies.content_range import QUANTUM
from tests.clips import make_clip
from tests.live import LiveServer, Person
from tests.movies.clips import box
from tests.movies.test_resumable_live import begin, offset, stored
from tests.stack.conftest import QUOTA
from tests.waiting import held_within

pytestmark = pytest.mark.server


def send_anew(person: Person, url: str, content: bytes, first: int) -> httpx.Response:
    """A chunk on a connection of its own: the kernel gives it to either process."""
    end = min(first + QUANTUM, len(content))
    headers = {"Authorization": f"Bearer {person.access}", "Content-Range": f"bytes {first}-{end - 1}/{len(content)}"}
    return httpx.put(f"{person.server.url}{url}", content=content[first:end], headers=headers, timeout=30)


def test_it_works(stack: LiveServer, crowd: list[Person], tmp_path: Path):
    """Each chunk is sent four times at once."""
    alice = crowd[0]
    clip = make_clip(tmp_path / "film.mp4", seconds=1).read_bytes()
    content = clip + box(b"free", random.Random(7).randbytes(5 * QUANTUM))
    upload = begin(alice, content)
    with ThreadPoolExecutor(4) as pool:
        for first in range(0, len(content), QUANTUM):
            sending = [pool.submit(send_anew, alice, upload["upload_url"], content, first) for _ in range(4)]
            answers = [sent.result() for sent in sending]
            taken = [answer for answer in answers if answer.status_code in (200, 308)]
            assert taken
            assert {answer.json()["code"] for answer in answers if answer not in taken} <= {"upload_busy"}
            if first + QUANTUM < len(content):
                assert offset(alice, upload, len(content)) == first + QUANTUM
    assert held_within(60, lambda: alice.get(f"movies/{upload['movie']}/")["status"] == "ready")
    assert stored(stack, content)
    alice.http.delete(f"movies/{upload['movie']}/").raise_for_status()


def taken(stack: LiveServer) -> int:
    """Bytes of the server's quota that the movies of other tests take."""
    with psycopg.connect(stack.extra["DATABASE_URL"], connect_timeout=5) as connection:
        used = connection.execute("SELECT sum(size) FROM movies_movie WHERE url = '' AND status <> 'failed'").fetchone()
    return int(used[0] or 0) if used else 0


def test_two_who_announce_at_once_dont_overshoot_the_servers_quota(stack: LiveServer, crowd: list[Person]):
    size = QUOTA // 10 - 1024**2
    fit = (QUOTA - taken(stack)) // size

    def announce(person: Person) -> httpx.Response:
        return person.http.post("uploads/", json={"filename": "film.mp4", "size": size})

    with ThreadPoolExecutor(len(crowd)) as pool:
        answers = list(pool.map(announce, crowd))
    refused = [answer.json()["code"] for answer in answers if answer.status_code == 507]
    assert 0 < fit <= 10
    assert refused == ["server_quota_exceeded"] * (len(crowd) - fit)
    for person, answer in zip(crowd, answers, strict=True):
        if answer.status_code == 201:
            person.http.delete(f"uploads/{answer.json()['id']}/").raise_for_status()
