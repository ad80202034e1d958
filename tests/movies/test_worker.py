"""A worker that is killed in the middle of a movie, and its successor."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live import LiveServer
from tests.movies.clips import clip
from tests.waiting import held_within

pytestmark = pytest.mark.server


def child_of(parent: int, program: str) -> Path | None:
    """In /proc, while it lives."""
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in children.read_text().split():
            process = Path("/proc", child)
            if process.exists() and program.encode() in (process / "cmdline").read_bytes():
                return process
    return None


def test_a_killed_workers_movies_become_ready(new_server: Callable[..., LiveServer], tmp_path: Path) -> None:
    server = new_server()
    alice = server.person("alice")
    copied = clip(tmp_path / "late.mp4", seconds=4)
    encoded = clip(tmp_path / "long.avi", container="avi", video="mpeg4", seconds=2, size=(1280, 720))
    worker = server.processes["worker"].pid
    movies = [
        alice.http.post("movies/", data={"title": film.stem}, files={"file": (film.name, film.read_bytes())}).json()[
            "id"
        ]
        for film in (encoded, copied, copied)
    ]
    deadline = time.monotonic() + 60
    while not (encoder := child_of(worker, "movies.confined.transcode")):
        assert time.monotonic() < deadline, server.log("worker")
        time.sleep(0.02)
    server.stop("worker", sig=signal.SIGKILL)
    assert alice.get(f"movies/{movies[0]}/")["status"] == "processing"
    while encoder.exists():
        assert time.monotonic() < deadline, "the encoder outlives its worker"
        time.sleep(0.02)
    server.run("worker", sys.executable, "manage.py", "run_huey", "--quiet")
    deadline = time.monotonic() + 60
    while {alice.get(f"movies/{movie}/")["status"] for movie in movies} != {"ready"}:
        assert time.monotonic() < deadline, server.log("worker")
        time.sleep(0.2)
    assert held_within(60, lambda: all(alice.get(f"movies/{movie}/")["previews"] for movie in movies))
    # Of neither try anything lies about.
    assert not list(server.data.rglob("job-*"))
