"""ImmuDB, built once from its Go module and kept outside the tree, for every checkout of this account."""

import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from scripts.native.ports import LOOPBACK
from scripts.native.service import ROOT, Service, Unavailable

MODULE = ROOT / "scripts" / "immudb"
PROGRAM = "github.com/codenotary/immudb/cmd/immudb"
DATABASE = "watchparty"
BUILD_SECONDS = 900
# HTTP/2's greeting (RFC 9113, 3.4) with empty settings; a server that serves begins with its own settings, type 4.
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0"
FRAME_HEAD = 9


class Immudb(Service):
    name = "immudb"

    def settings(self) -> dict[str, str]:
        return {"IMMUDB_URL": f"immudb://immudb:{self.admin_password}@{LOOPBACK}:{self.port}/{DATABASE}"}

    @property
    def admin_password(self) -> str:
        """ImmuDB wants at most 32 characters, among them a capital, a digit and a sign."""
        return f"{self.password[:26]}-Aa1"

    def environment(self) -> dict[str, str]:
        # Not an argument: command lines are read by everybody on the machine.
        return {"IMMUDB_ADMIN_PASSWORD": self.admin_password}

    def command(self) -> list[str]:
        off = [f"--{part}-server=false" for part in ("metrics", "web", "pgsql")]
        return [str(program()), "--dir", str(self.data), "--address", LOOPBACK, "--port", str(self.port), *off]

    def answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as link:
                link.sendall(GREETING)
                head = link.makefile("rb").read(FRAME_HEAD)
        except OSError:
            return False
        return len(head) == FRAME_HEAD and head[3] == 4


def program() -> Path:
    """The server's program, built first where it isn't there yet. Raises Unavailable."""
    sources = [MODULE / "go.mod", MODULE / "go.sum"]
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    built = caches / "watchparty" / f"immudb-{version}"
    if built.exists():
        return built
    built.parent.mkdir(parents=True, exist_ok=True)
    with built.with_name("immudb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            _build(built)
    return built


def _build(target: Path) -> None:
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    build = [_go(), "build", "-trimpath", "-ldflags", "-s -w", "-o", str(draft), PROGRAM]
    try:
        done = subprocess.run(build, cwd=MODULE, capture_output=True, text=True, timeout=BUILD_SECONDS)
    except subprocess.TimeoutExpired as late:
        raise Unavailable(f"its build took longer than {BUILD_SECONDS} s.") from late
    if done.returncode:
        raise Unavailable(f"it can't be built from {MODULE}:\n{done.stderr[-2000:]}")
    draft.replace(target)


def _go() -> str:
    for found in (Path(sys.executable).with_name("go"), ROOT / ".venv" / "bin" / "go"):
        if found.exists():
            return str(found)
    if found_elsewhere := shutil.which("go"):
        return found_elsewhere
    raise Unavailable("Go is missing, which it is built with: call make .venv/.dev, which installs it.")
