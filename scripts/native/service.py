"""One real service: its files, its process, and how to tell that it answers."""

import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

from scripts.native import ports

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 20
LOG_LINES = 15


class Unavailable(Exception):
    """The service can't be had; the text says what is missing or went wrong, and what to do."""


class Service(ABC):
    """A server process of this machine on a port of 127.0.0.1.

    In `folder` lie `pid`, `log`, `data/` and `address` (port and password as JSON, for its owner's eyes only). Port
    and password are made once and kept. Processes that start or stop the same service at once take turns.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    by_default: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "log"
        self._pid = folder / "pid"
        self._address = folder / "address"
        self._child: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def settings(self) -> dict[str, str]:
        """The environment variables by which the app finds it."""

    @abstractmethod
    def command(self) -> list[str]:
        """What runs in the foreground, with `data` as its working directory. Raises Unavailable."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it does its work for who knows the password; at most some seconds."""

    def environment(self) -> dict[str, str]:
        """What its process finds in its environment beside what ours has."""
        return {}

    def prepare(self) -> None:
        """Make what the process finds when it starts; each time anew. Raises Unavailable."""
        self.data.mkdir(exist_ok=True)

    @property
    def port(self) -> int:
        return int(self._known()[0])

    @property
    def password(self) -> str:
        return self._known()[1]

    def pid(self) -> int | None:
        """Of its process, if it runs: a number that another program has got since is not taken for it."""
        if self._child is not None:
            self._child.poll()
        try:
            pid = int(self._pid.read_text())
        except (FileNotFoundError, ValueError):
            return None
        if Path("/proc/self").exists():
            try:
                return pid if (Path("/proc") / str(pid) / "cwd").readlink() == self.data.resolve() else None
            except OSError:
                return None
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
        return pid

    def is_configured(self) -> bool:
        """Whether it has been started, and not stopped since."""
        return self._pid.exists()

    def is_wanted(self) -> bool:
        """Whether it is meant where nothing is named."""
        return self.by_default or self.is_configured()

    def start(self) -> bool:
        """Start it unless it runs, and wait until it answers; whether it had to be started. Raises Unavailable."""
        with self._alone():
            if self.pid() is not None:
                self._wait_until_it_answers()
                return False
            if not ports.is_free(self.port):
                raise Unavailable(
                    f"port {self.port} is taken by another program. Stop that, or remove {self._address} and the"
                    " service gets another port."
                )
            self.prepare()
            command = self.command()
            with self.log.open("ab") as log:
                self._child = subprocess.Popen(
                    command,
                    cwd=self.data,
                    env=os.environ | self.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    # Its own session: the Ctrl-C that ends whoever started it is not meant for it.
                    start_new_session=True,
                )
            self._pid.write_text(f"{self._child.pid}\n")
            self._wait_until_it_answers()
            return True

    def stop(self) -> bool:
        """End it as it likes to be ended, or by force after `STOP_SECONDS`; whether it ran."""
        with self._alone():
            pid = self.pid()
            if pid is not None:
                self._end(pid)
            if self._child is not None:
                self._child.wait(STOP_SECONDS)
                self._child = None
            self._pid.unlink(missing_ok=True)
            return pid is not None

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if pid := self.pid():
            self.resume()
            os.kill(pid, signal.SIGKILL)
            self._wait_until_gone(STOP_SECONDS)
        if self._child is not None:
            self._child.wait(STOP_SECONDS)

    def pause(self) -> None:
        """Stop it with SIGSTOP, and every process of its own: connections stay open, and nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        if pid := self.pid():
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            for each in [pid, *map(int, children)]:
                with suppress(ProcessLookupError):
                    os.kill(each, number)

    def _end(self, pid: int) -> None:
        os.kill(pid, self.stop_signal)
        self.resume()
        if not self._wait_until_gone(STOP_SECONDS):
            os.kill(pid, signal.SIGKILL)
            self._wait_until_gone(STOP_SECONDS)

    def _wait_until_gone(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.pid() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.pid() is None:
                raise Unavailable(f"it ended right after its start. {self._last_words()}")
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"it runs (pid {self.pid()}), but has not answered within {START_SECONDS} s. {self._last_words()}"
                )
            time.sleep(0.05)

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES:] if self.log.exists() else []
        return "\n".join([f"The end of {self.log}:", *(f"    {line}" for line in lines)])

    def _known(self) -> tuple[int, str]:
        if not self._address.exists():
            self._address.touch(mode=0o600)
            self._address.write_text(json.dumps({"port": ports.pick(), "password": secrets.token_urlsafe(24)}))
        known = json.loads(self._address.read_text())
        return known["port"], known["password"]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def site_packages(package: str) -> Path | None:
    """Where the virtual environment has that package: this one's, or else the project's."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for environment in (Path(sys.prefix), ROOT / ".venv"):
        for folder in (environment / "lib" / version, *environment.glob("lib/python3.*")):
            if (found := folder / "site-packages" / package).exists():
                return found
    return None
