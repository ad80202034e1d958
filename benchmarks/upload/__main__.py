"""``python -m benchmarks.upload --size 3G --cut 200M``: a large file through a network that keeps breaking.

An embedded server of its own, its data beside that of other benchmarks and gone afterwards; a proxy cuts each
connection whenever that many bytes have gone up; half-way, in the middle of a request, the web process is killed by
SIGKILL and started again. With ``--bucket`` the file goes straight to a bucket's emulator instead, and the proxy lies
before that. Prints a line of JSON. The exit code is 1 if the stored file isn't the one that was sent, or if a web
process grew by `MOST_GROWTH` or more.
"""

import argparse
import hashlib
import json
import random
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.soak.server import resident, tree
from benchmarks.stand import FOLDER
from benchmarks.upload.content import Film
from benchmarks.upload.cutting import Cutting
from benchmarks.upload.sending import GivenUp, Sender
from scripts.native import Gcs
from tests.live import LiveServer

MOST_GROWTH = 50.0
"""MB of one web process, over what it has before the first chunk."""
SAMPLE_SECONDS = 0.05
MB = 1024**2
_UNITS = {"K": 1024, "M": MB, "G": 1024 * MB}


@dataclass
class Memory:
    """Of one web process and what is below it, in MB: before the first chunk, and the highest that was seen."""

    pid: int
    before: float = field(init=False)
    highest: float = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.highest = self._now()

    def look(self) -> None:
        self.highest = max(self.highest, self._now())

    @property
    def growth(self) -> float:
        return self.highest - self.before

    def _now(self) -> float:
        return sum(resident(pid) for pid in tree(self.pid)) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.upload", description=__doc__)
    parser.add_argument("--size", type=size_of, default="3G", help="of the file; 3G")
    parser.add_argument("--cut", type=size_of, default="200M", help="bytes after which connections are cut; 200M")
    parser.add_argument("--chunk", type=size_of, help="bytes of a request; by default what the server says")
    parser.add_argument("--bucket", action="store_true", help="straight into the emulator of a bucket")
    parser.add_argument("--minutes", type=float, default=15, help="that it may take; 15")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    try:
        found = run(given.size, given.cut, given.chunk, given.minutes * 60, given.seed, bucket=given.bucket)
    except (GivenUp, RuntimeError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(json.dumps({"seed": given.seed} | found))
    return 0 if found["right"] and max(found["growth_mb"]) < MOST_GROWTH else 1


def size_of(text: str) -> int:
    """``3G``, ``200M``, ``64K`` or bytes."""
    unit = _UNITS.get(text[-1:].upper(), 1)
    return int(text[:-1] if unit > 1 else text) * unit


def run(
    size: int,
    cut: int,
    chunk: int | None,
    seconds: float,
    seed: int,
    folder: Path = FOLDER / "upload",
    *,
    bucket: bool = False,
) -> dict[str, Any]:
    shutil.rmtree(folder, ignore_errors=True)
    film, media = Film(size, seed), folder / "media" / "movies"
    server, ending = LiveServer(folder), ExitStack()
    try:
        if bucket:
            gcs = Gcs(folder / "bucket")
            gcs.start()
            ending.callback(gcs.stop)
            server.extra, media = gcs.settings(), gcs.data
        # What becomes of the movie is not measured here.
        server.start(jobs=False)
        alice = server.person()
        del alice.http.headers["Authorization"]
        memories = [Memory(server.processes["web"].pid)]

        def kill() -> None:
            server.stop("web", sig=signal.SIGKILL)
            server.start_web()
            memories.append(Memory(server.processes["web"].pid))

        def access() -> str:
            """Not by the proxy: of a refresh whose answer is lost no second one is good."""
            pair = alice.post("auth/token/refresh/", 200, refresh=alice.refresh)
            alice.refresh = pair["refresh"]
            return str(pair["access"])

        with Cutting(gcs.port if bucket else server.port, cut).kept() as proxy, looking(memories):
            way = f"http://127.0.0.1:{proxy.port}"
            url, straight = (server.url, way) if bucket else (way, "")
            when = size // 2 + MB
            with closing(Sender(url, access, film, when=when, at=kill, seconds=seconds, bucket=straight)) as sender:
                began = time.monotonic()
                sender.send(chunk)
                took = time.monotonic() - began
        stored = max((path for path in media.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
        with stored.open("rb") as file:
            right = hashlib.file_digest(file, "sha256").hexdigest() == film.checksum()
        return {
            "size_mb": size / MB,
            "right": right,
            "cuts": proxy.cuts,
            "interruptions": sender.interruptions,
            "sent_twice_mb": round((proxy.carried - size) / MB, 1),
            "seconds": round(took, 1),
            "mb_per_s": round(size / MB / took, 1),
            "before_mb": [round(one.before, 1) for one in memories],
            "growth_mb": [round(one.growth, 1) for one in memories],
        }
    finally:
        for client in server.clients:
            client.close()
        server.stop(*server.processes)
        ending.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def looking(memories: list[Memory]) -> Iterator[None]:
    """Look at the last one's memory the whole time."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(SAMPLE_SECONDS):
            try:
                memories[-1].look()
            except (FileNotFoundError, ProcessLookupError, IndexError):
                continue  # it is being killed

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
