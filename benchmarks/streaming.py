"""How fast a film leaves the server, beside nginx on the same file.

    .venv/bin/python -m benchmarks.streaming [--rounds 5] [--viewers 1 4] [--megabytes 256]

Both have one process. A viewer reads one answer with a Range to its end, over and over for `SECONDS`; what it reads is
dropped in the kernel, so that it costs little. Rounds are interleaved. "A core" is what is sent in a second of the
server's own CPU time, of all its threads, user and system.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.clips import make_clip
from tests.live import LiveServer, free_port

SECONDS = 3.0
READ_BYTES = 1024 * 1024
MEGABYTE = 1024 * 1024
READY_SECONDS = 60
NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; tcp_nopush on; types {{ video/mp4 mp4; }}
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; location / {{ root {root}; }} }}
}}
"""


@dataclass(frozen=True)
class Server:
    """``pid`` is that of the one process that sends."""

    name: str
    pid: int
    port: int
    path: str


@dataclass(frozen=True)
class Figures:
    """Bytes a second by the clock, and in a second of the server's CPU time."""

    wall: float
    core: float


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watch(server: Server, size: int, until: float, taken: list[int]) -> None:
    """One viewer: as many answers as fit, on one connection."""
    request = f"GET {server.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes=0-{size - 1}\r\n\r\n".encode()
    buffer = bytearray(READ_BYTES)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        while time.perf_counter() < until:
            connection.sendall(request)
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1)
            if not head.startswith(b"HTTP/1.1 206"):
                raise SystemExit(f"{server.name} answered {head.decode()}")
            left = size
            while left and time.perf_counter() < until:
                got = connection.recv_into(buffer, min(READ_BYTES, left), socket.MSG_TRUNC)
                if not got:
                    raise SystemExit(f"{server.name} cut the answer off")
                left -= got
                taken.append(got)


def measure(server: Server, size: int, viewers: int) -> Figures:
    taken: list[int] = []
    began, cpu = time.perf_counter(), cpu_seconds(server.pid)
    until = began + SECONDS
    people = [threading.Thread(target=watch, args=(server, size, until, taken)) for _ in range(viewers)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    seconds, cpu = time.perf_counter() - began, cpu_seconds(server.pid) - cpu
    return Figures(wall=sum(taken) / seconds, core=sum(taken) / cpu)


@contextmanager
def watchparty(folder: Path, size: int) -> Iterator[tuple[Server, Path]]:
    """And the film's file."""
    live = LiveServer(folder / "watchparty")
    try:
        live.start()
        alice = live.person()
        clip = make_clip(folder / "clip.mp4", seconds=2)
        files = {"file": ("clip.mp4", clip.read_bytes(), "video/mp4")}
        made = alice.http.post("movies/", data={"title": "Clip"}, files=files).json()["id"]
        deadline = time.monotonic() + READY_SECONDS
        while not (sources := alice.get(f"movies/{made}/")["sources"]):
            if time.monotonic() > deadline:
                raise SystemExit(f"The clip isn't ready: {live.log('worker')}")
            time.sleep(0.2)
        live.stop("worker")
        # As long as a film; which bytes they are is nobody's business here.
        (film,) = (live.data / "media" / "movies").rglob("*.mp4")
        with film.open("wb") as file:
            for _ in range(size // MEGABYTE):
                file.write(os.urandom(MEGABYTE))
        url = urlsplit(sources[0]["url"])
        yield Server("WatchParty", live.processes["web"].pid, live.port, f"{url.path}?{url.query}"), film
    finally:
        live.stop()


@contextmanager
def nginx(folder: Path, film: Path) -> Iterator[Server]:
    if not (program := shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")):
        raise SystemExit("nginx is missing: apt-get install nginx-light")
    port = free_port()
    shown = folder / "shown"
    shown.mkdir()
    os.link(film, shown / "film.mp4")
    # Started by root, its worker would be somebody who may not read the film.
    user = "" if os.geteuid() else "user root;"
    (folder / "nginx.conf").write_text(user + NGINX.format(folder=folder, port=port, root=shown))
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")])
    try:
        deadline = time.monotonic() + 10
        while not (worker := Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"nginx did not start: {(folder / 'error.log').read_text()}")
            time.sleep(0.05)
        yield Server("nginx", int(worker[0]), port, "/film.mp4")
    finally:
        process.terminate()
        process.wait(10)


def report(rounds: dict[str, list[Figures]], viewers: int) -> None:
    for kind in ("wall", "core"):
        by_name = {name: [getattr(one, kind) / MEGABYTE for one in figures] for name, figures in rounds.items()}
        ours, theirs = by_name["WatchParty"], by_name["nginx"]
        ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
        seen = "  ".join(
            f"{name} {statistics.median(values):6.0f} ({min(values):.0f}–{max(values):.0f})"
            for name, values in by_name.items()
        )
        per = "by the clock" if kind == "wall" else "a core"
        print(
            f"{viewers} viewers, MB/s {per:13}{seen}  ratio {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f}–{max(ratios):.2f})",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--viewers", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--megabytes", type=int, default=256)
    asked = parser.parse_args()
    size = asked.megabytes * MEGABYTE
    with (
        tempfile.TemporaryDirectory() as name,
        watchparty(Path(name), size) as (ours, film),
        nginx(Path(name), film) as theirs,
    ):
        for viewers in asked.viewers:
            rounds: dict[str, list[Figures]] = {server.name: [] for server in (ours, theirs)}
            for _ in range(asked.rounds):
                for server in (ours, theirs):
                    rounds[server.name].append(measure(server, size, viewers))
            report(rounds, viewers)


if __name__ == "__main__":
    main()
