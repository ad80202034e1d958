"""A worker that is killed in the middle of a movie, and its successor."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live import LiveServer
from tests.movies.clips import clip

pytestmark = pytest.mark.server


def test_a_killed_workers_movies_become_ready(new_server: Callable[..., LiveServer], tmp_path: Path) -> None:
    server = new_server()
    alice = server.person("alice")
    film = clip(tmp_path / "late.mp4", seconds=4).read_bytes()
    movies = [
        alice.http.post("movies/", data={"title": f"Film {n}"}, files={"file": ("a.mp4", film)}).json()["id"]
        for n in range(3)
    ]
    server.stop("worker", sig=signal.SIGKILL)
    left = [movie for movie in movies if alice.get(f"movies/{movie}/")["status"] == "processing"]
    assert left, "the worker was through before it could be killed"
    server.run("worker", sys.executable, "manage.py", "run_huey", "--quiet")
    deadline = time.monotonic() + 60
    while {alice.get(f"movies/{movie}/")["status"] for movie in movies} != {"ready"}:
        assert time.monotonic() < deadline, server.log("worker")
        time.sleep(0.2)
