"""Wall clocks that can be moved while their process runs, by libfaketime. The monotonic clock goes on as it is."""

import shutil
import subprocess
from pathlib import Path

from scripts.native import Redis, Unavailable


class WallClock:
    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    def set(self, ahead: int) -> None:
        """So many seconds ahead of the true time, within a second."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{ahead:+d}\n")
        draft.replace(self._file)

    @property
    def environment(self) -> dict[str, str]:
        """What a process is started with that is to live by this clock."""
        return {
            "LD_PRELOAD": _library(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def _library() -> str:
    if shutil.which("faketime") is None:
        raise Unavailable("faketime is missing. On Debian, as root: apt-get install faketime")
    told = subprocess.run(["faketime", "-f", "+0", "env"], capture_output=True, text=True, check=True, timeout=10)
    return next(line for line in told.stdout.splitlines() if line.startswith("LD_PRELOAD=")).partition("=")[2]


class MovedRedis(Redis):
    """A Redis that lives by a wall clock of its own."""

    def __init__(self, folder: Path, clock: WallClock) -> None:
        super().__init__(folder)
        self._clock = clock

    def environment(self) -> dict[str, str]:
        own = self._clock.environment
        # Debian's Redis allocates by jemalloc, which asks for the time before libfaketime can tell it: libc's instead.
        return own | {"LD_PRELOAD": f"{own['LD_PRELOAD']} libc.so.6"}
