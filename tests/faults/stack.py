"""A server of the test's own: Redis, a database and web processes, each to be killed, stopped or cut off."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg

from scripts.native import Postgres, Redis, Service
from scripts.native.ports import LOOPBACK
from scripts.native.service import ROOT

SECRET_KEY = "only for tests of faults, " * 2
TEMPLATE = "template_of_faults"
ROOMS, PEOPLE = 50, 64
"""Rooms in every database, and people in each, the host first."""
SETTINGS = {"DJANGO_SETTINGS_MODULE": "watchparty.settings"} | {
    f"RATE_LIMIT_{name}": "0" for name in ("REGISTER", "TOKEN", "RESET", "INVITE", "TICKET", "UPLOAD")
}


class Web(Service):
    """One web process, on a port of its own. `settings` are environment variables."""

    name = "web"

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        super().__init__(folder)
        self._settings = settings

    def settings(self) -> dict[str, str]:
        return {}

    def environment(self) -> dict[str, str]:
        return {"HOST": LOOPBACK, "PORT": str(self.port), "PYTHONPATH": str(ROOT)} | SETTINGS | self._settings

    def command(self) -> list[str]:
        return [sys.executable, "-m", "watchparty.server"]

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2, trust_env=False).is_success
        except httpx.TransportError:
            return False

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def words(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def rss_mb(self) -> float:
        status = Path(f"/proc/{self.pid()}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


@dataclass(frozen=True)
class Party:
    """A room's code and its members' access tokens, good for an hour."""

    room: str
    users: list[str]


class Database:
    """The PostgreSQL of these tests. Each test's database is a copy of one that was migrated and filled once."""

    def __init__(self, folder: Path) -> None:
        self.postgres = Postgres(folder / "postgres")
        self._data = folder / "data"
        self.parties: list[Party] = []

    def start(self) -> None:
        self.postgres.start()
        self.postgres.create(TEMPLATE)
        self._manage("migrate", "--verbosity", "0")
        made = self._manage("seed_bench", "--rooms", str(ROOMS), "--participants", str(PEOPLE))
        self.parties = [Party(**one) for one in json.loads(made)]

    def new(self, name: str) -> str:
        """Make a database of that name; its URL."""
        with psycopg.connect(self.postgres.url("postgres"), autocommit=True, connect_timeout=5) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
        return self.postgres.url(name)

    def _manage(self, *arguments: str) -> str:
        own = {"DATABASE_URL": self.postgres.url(TEMPLATE), "DATA": str(self._data), "SECRET_KEY": SECRET_KEY}
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=os.environ | SETTINGS | own,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stderr}")
        return done.stdout


@dataclass
class Stack:
    """Web processes that share a Redis and a database."""

    redis: Redis
    postgres: Postgres
    web: list[Web]
    parties: list[Party]

    def http(self, web: Web, party: Party, person: int = 0) -> httpx.Client:
        """REST at that process, by one of a room's people."""
        headers = {"Authorization": f"Bearer {party.users[person]}"}
        return httpx.Client(base_url=web.url, headers=headers, timeout=20, trust_env=False)

    def chat_log(self, web: Web, party: Party) -> list[dict[str, Any]]:
        """Every line of the room's chat as the database has it, in order."""
        lines: list[dict[str, Any]] = []
        with self.http(web, party) as http:
            where: str | None = f"/api/v1/rooms/{party.room}/messages/?after=0&page_size=200"
            while where:
                page = http.get(where).raise_for_status().json()
                lines += page["results"]
                where = page["next"]
        return lines


def together(services: Iterable[Service], what: str) -> None:
    """Start, or stop, all of them at once."""
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda service: getattr(service, what)(), services))


def through(url: str, port: int) -> str:
    """The same URL by way of another port."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition(":")[0] + f":{port}"))
