"""Who is measured: WatchParty and the references, each started anew for each run, on free ports, and ended by pid."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stand import Failed, Stand
from scripts.native import ports
from scripts.native.service import ROOT

START_SECONDS = 30
STOP_SECONDS = 15


@dataclass(frozen=True)
class Contender:
    """How to start one process of it, and who may come in."""

    name: str
    says: str
    command: Callable[[Stand, int], list[str]]
    environment: Callable[[Stand], dict[str, str]]
    accounts: Callable[[Stand, int, int], Path]


@dataclass
class Running:
    addresses: list[str]
    pids: list[int]


def _watchparty(stand: Stand, port: int) -> list[str]:
    return [sys.executable, "-m", "watchparty.server"]


def _go(stand: Stand, port: int) -> list[str]:
    return [str(stand.build("reference_go"))]


def _channels(stand: Stand, port: int) -> list[str]:
    application = "benchmarks.reference_channels.asgi:application"
    return [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--log-level", "warning"]


def _two_workers(stand: Stand) -> dict[str, str]:
    """As `make stack` has it. The Go reference uses both cores of two in one process."""
    return stand.environment() | {"WORKERS": "2"}


def _embedded(stand: Stand) -> dict[str, str]:
    return stand.environment("embedded", services=False)


def _embedded_accounts(stand: Stand, rooms: int, participants: int) -> Path:
    environment = _embedded(stand)
    stand.manage("migrate", "--verbosity", "0", environment=environment)
    return stand.accounts(rooms, participants, environment, "embedded")


def _layer(name: str) -> Contender:
    return Contender(
        f"channels-{name}",
        f"plain Channels consumers, channels-redis' {name} layer, stock uvicorn",
        _channels,
        lambda stand: stand.environment() | {"LAYER": name},
        Stand.made_up_accounts,
    )


CONTENDERS = {
    one.name: one
    for one in (
        Contender("watchparty", "the stack with one web process", _watchparty, Stand.environment, Stand.accounts),
        Contender("watchparty-2", "the stack with two behind one port", _watchparty, _two_workers, Stand.accounts),
        Contender("embedded", "WatchParty without other services", _watchparty, _embedded, _embedded_accounts),
        Contender("go", "gorilla/websocket, go-redis Pub/Sub", _go, Stand.environment, Stand.made_up_accounts),
        _layer("pubsub"),
        _layer("core"),
    )
}


@contextmanager
def started(contender: Contender, stand: Stand, processes: int) -> Iterator[Running]:
    """So many processes of it that answer, each on a port of its own; ended afterwards, come what may."""
    children: list[subprocess.Popen[bytes]] = []
    running = Running([], [])
    log = stand.folder / f"{contender.name}.log"
    try:
        for _ in range(processes):
            port = ports.pick()
            environment = {"WORKERS": "1"} | contender.environment(stand) | {"HOST": "127.0.0.1", "PORT": str(port)}
            with log.open("ab") as output:
                child = subprocess.Popen(
                    contender.command(stand, port), cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
                )
            children.append(child)
            _wait_until_it_answers(child, port, log)
            running.addresses.append(f"127.0.0.1:{port}")
            running.pids.append(child.pid)
        yield running
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait_until_it_answers(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.05)
        else:
            return
    raise Failed(f"It did not start; the end of {log}:\n{log.read_text(errors='replace')[-2000:]}")
