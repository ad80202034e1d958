"""Several processes as one: started together, ended together, by one Ctrl-C or as soon as one of them ends."""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

START_SECONDS = 60
STOP_SECONDS = 20
"""Longer than the web process takes for requests that are under way."""


class Ended(Exception):
    """A process ended, or did not come up; the text says which."""


class Supervisor:
    """Use it by ``with``: at its end all processes are stopped."""

    def __init__(self, commands: Mapping[str, list[str]], *, folder: Path, environment: Mapping[str, str]) -> None:
        # Ctrl-C reaches the whole foreground group; in a session of their own they are stopped by us, once.
        self._children = {
            name: subprocess.Popen(command, cwd=folder, env=dict(environment), start_new_session=True)
            for name, command in commands.items()
        }

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        for child in self._children.values():
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def wait_until_it_answers(self, url: str) -> None:
        """Raises Ended when a process ends before, or nobody answers within `START_SECONDS`."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self._ensure_all_run()
            try:
                with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise Ended(f"Nobody answered on {url} within {START_SECONDS} s.")

    def watch(self) -> None:
        """Return never; raises Ended when a process does."""
        while True:
            self._ensure_all_run()
            time.sleep(0.5)

    def _ensure_all_run(self) -> None:
        for name, child in self._children.items():
            if (code := child.poll()) is not None:
                how = f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
                raise Ended(f"The {name} process {how}; what it said stands above. The others are stopped.")
