"""A real server process, and people who use it by REST and WebSocket, as any client would."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery"
START_SECONDS = 60
LISTENS = "0A"
"""The state of a listening socket in /proc/net/tcp."""
LOG_SHOWN = 8000
"""Characters of the web process's log that are shown with a test that failed."""
_migrated: set[str] = set()
"""Databases that have their tables already: `migrate` takes two seconds to find that out."""
_tables: list[bytes] = []
"""An SQLite database that was just migrated, once there is one: making all tables takes four seconds each time."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class LiveServer:
    """The web process and the worker on a database of their own."""

    data: Path
    extra: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        limits = {
            f"RATE_LIMIT_{name}": "0" for name in ("REGISTER", "TOKEN", "RESET", "INVITE", "CHAT", "TICKET", "UPLOAD")
        }
        own = {
            "DATA": str(self.data),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "DJANGO_SETTINGS_MODULE": "watchparty.settings",
            "PYTHONUNBUFFERED": "1",
            # The sockets of tests say nothing for as long as they are busy elsewhere.
            "SYNC_HEARTBEAT_TIMEOUT": "60",
            # Where a test has a web server that is not ours.
            "EXTERNAL_MOVIE_NETWORKS": "127.0.0.2/32",
        }
        inherited = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
        return inherited | limits | own | self.extra

    def start(self, *, jobs: bool = True) -> "LiveServer":
        """`jobs` says whether there is a worker for background jobs."""
        self.data.mkdir(parents=True, exist_ok=True)
        database = self.extra.get("DATABASE_URL", str(self.data))
        if database not in _migrated:
            self._make_tables()
            _migrated.add(database)
        self.start_web()
        if jobs:
            self.run("worker", sys.executable, "manage.py", "run_huey", "--quiet")
        return self

    def _make_tables(self) -> None:
        own = self.data / "db.sqlite3"
        if _tables and "DATABASE_URL" not in self.extra:
            own.write_bytes(_tables[0])
            return
        self.manage("migrate", "--verbosity", "0")
        if "DATABASE_URL" not in self.extra:
            _tables.append(own.read_bytes())

    def start_web(self) -> None:
        self.run("web", sys.executable, "-m", "watchparty.server")
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{self.url}/healthz", timeout=2).raise_for_status()
            except httpx.TransportError:
                if self.processes["web"].poll() is not None:
                    break
                time.sleep(0.05)
            else:
                if self._listeners() == int(self.environment.get("WORKERS", "1")):
                    return
                time.sleep(0.05)
        raise RuntimeError(f"The server did not start:\n{self.log('web')}")

    def _listeners(self) -> int:
        """How many processes take connections: the first answers when the last may still be seconds from it."""
        of_port = f":{self.port:04X}"
        rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        return sum(row[1].endswith(of_port) and row[3] == LISTENS for row in rows)

    def run(self, name: str, *command: str) -> None:
        with (self.data / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )

    def log(self, name: str) -> str:
        return (self.data / f"{name}.log").read_text(errors="replace")

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, capture_output=True, timeout=120
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stderr.decode(errors='replace')}")
        return done.stdout.decode()

    def stop(self, *names: str, sig: int = signal.SIGTERM) -> None:
        """All of it unless named; then the people's connections are closed as well."""
        while not names and self.clients:
            self.clients.pop().close()
        if not names and "web" in self.processes:
            sys.stderr.write(self.log("web")[-LOG_SHOWN:])
        for name in names or tuple(self.processes):
            process = self.processes.pop(name)
            process.send_signal(sig)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def person(self, name: str = "alice") -> "Person":
        """Somebody new, registered over REST. The user name gets a suffix, so that it is free."""
        username = f"{name}-{uuid4().hex[:8]}"
        body = {
            "username": username,
            "email": f"{username}@example.org",
            "password": PASSWORD,
            "display_name": name.title(),
        }
        client = httpx.Client(base_url=f"{self.url}/api/v1/", timeout=30)
        self.clients.append(client)
        answer = client.post("auth/register/", json=body)
        assert answer.status_code == 201, answer.text
        return Person(self, client, answer.json()["user"], answer.json()["access"], answer.json()["refresh"])

    def crowd(self, size: int) -> list["Person"]:
        """So many people at once, who have tokens but no passwords: hashing those would take most of a test."""
        (made,) = json.loads(self.manage("seed_bench", "--rooms", "1", "--participants", str(size)))
        people = []
        for access in made["users"]:
            client = httpx.Client(base_url=f"{self.url}/api/v1/", timeout=30)
            self.clients.append(client)
            person = Person(self, client, {}, access, "")
            person.user = person.get("users/me/")
            people.append(person)
        return people


@dataclass
class Person:
    """Somebody with an account on a live server."""

    server: LiveServer
    http: httpx.Client
    user: dict[str, Any]
    access: str
    refresh: str

    def __post_init__(self) -> None:
        self.http.headers["Authorization"] = f"Bearer {self.access}"

    @property
    def id(self) -> str:
        return str(self.user["id"])

    def post(self, path: str, expect: int | None = None, **body: Any) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.status_code == expect if expect else answer.is_success, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(path, params=query)
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return answer.json()

    def room(self, **fields: Any) -> dict[str, Any]:
        """A new room of this person's."""
        made: dict[str, Any] = self.post("rooms/", 201, **({"name": "Movie night", "visibility": "unlisted"} | fields))
        return made

    def connect(self, code: str, query: str = "", **options: Any) -> connect:
        """A WebSocket to the room, to be used by ``async with``."""
        headers = {"Authorization": f"Bearer {self.access}"}
        # With a bound, a socket whose test leaves messages unread doesn't see the answer when it closes, for 10 s.
        options = {"max_queue": None} | options
        url = f"{self.server.ws_url}/ws/rooms/{code}/{query}"
        return connect(url, additional_headers=headers, subprotocols=["watchparty.v1"], proxy=None, **options)  # type: ignore[list-item]


async def receive(socket: ClientConnection, kind: str, timeout: float = PATIENCE) -> dict[str, Any]:
    """The next message of that type; others before it are passed over."""
    async with asyncio.timeout(timeout):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["type"] == kind:
                return message


async def send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))
