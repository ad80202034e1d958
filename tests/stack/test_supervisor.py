"""Processes that are started together and end together."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from watchparty.supervisor import Ended, Supervisor

LASTS = [sys.executable, "-c", "import time; time.sleep(60)"]


def supervisor(tmp_path: Path, **commands: list[str]) -> Supervisor:
    return Supervisor(commands, folder=tmp_path, environment={})


def note_on_end(path: Path) -> list[str]:
    """A process that says in `path` that it was asked to end."""
    return [
        sys.executable,
        "-c",
        "import pathlib, signal, sys, time\n"
        f"path = pathlib.Path({str(path)!r})\n"
        "signal.signal(signal.SIGTERM, lambda *_: (path.write_text('asked'), sys.exit()))\n"
        "path.write_text('runs')\n"
        "time.sleep(60)",
    ]


def ends_after(path: Path) -> list[str]:
    """A process that ends with 3 once `path` is there."""
    code = (
        f"import pathlib, time\nwhile not pathlib.Path({str(path)!r}).exists(): time.sleep(0.01)\nraise SystemExit(3)"
    )
    return [sys.executable, "-c", code]


def test_one_that_ends_ends_the_others(tmp_path: Path):
    note = tmp_path / "note"
    with (
        pytest.raises(Ended, match="The worker process ended with 3"),
        supervisor(tmp_path, web=note_on_end(note), worker=ends_after(note)) as both,
    ):
        both.watch()
    assert note.read_text() == "asked"


def test_one_that_was_killed_is_said_to_be(tmp_path: Path):
    kills_itself = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    with (
        pytest.raises(Ended, match="The worker process was killed by signal 9"),
        supervisor(tmp_path, worker=kills_itself) as one,
    ):
        one.watch()


def test_it_waits_for_the_address(tmp_path: Path):
    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Healthy) as server, supervisor(tmp_path, web=LASTS) as one:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        one.wait_until_it_answers(f"http://127.0.0.1:{server.server_port}/healthz")
        server.shutdown()


def test_one_that_ends_before_it_answers(tmp_path: Path):
    with (
        pytest.raises(Ended, match="The web process ended with 1"),
        supervisor(tmp_path, web=[sys.executable, "-c", "raise SystemExit(1)"]) as one,
    ):
        one.wait_until_it_answers("http://127.0.0.1:1/healthz")
