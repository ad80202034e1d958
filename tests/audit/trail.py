"""A server whose audit trail goes to an ImmuDB of its own, seen from outside: its database file and its commands."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scripts.native import Immudb
from tests.live import ROOT, LiveServer, Person
from tests.waiting import held_within

MINUTE = 60.0
"""Within which an alarm is promised."""
START = 150.0
"""More than a process needs to start on a busy machine, and to do what it was started for."""


@dataclass
class Trail:
    server: LiveServer
    immudb: Immudb
    person: Person

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """A statement in the server's own database, committed."""
        connection = sqlite3.connect(self.server.data / "db.sqlite3", timeout=20)
        try:
            with connection:
                return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    @property
    def waiting(self) -> int:
        [(count,)] = self.ask("SELECT count(*) FROM audit_outboxevent WHERE tx IS NULL")
        return int(count)

    @property
    def alarms(self) -> list[str]:
        return [detail for (detail,) in self.ask("SELECT detail FROM audit_alarm WHERE acknowledged_at IS NULL")]

    def rooms(self, count: int) -> None:
        """Something happens so many times: each is answered, whatever the ledger does."""
        for _room in range(count):
            self.person.room()

    def start_worker(self) -> None:
        self.server.run("worker", sys.executable, "manage.py", "run_huey", "--quiet")

    def is_shipped(self) -> bool:
        """Whether nothing waits. If something does, nobody waits for as long as the worker would after failures."""
        waits = bool(self.waiting)
        if waits:
            self.ask("UPDATE audit_shipperstate SET not_before = NULL")
        return not waits

    def failed(self, times: int = 1) -> None:
        """The worker has tried in vain so often in a row."""
        enough = "SELECT 1 FROM audit_shipperstate WHERE failures >= ?"
        self.eventually(lambda: self.ask(enough, times), f"the worker failed {times} times")

    def verify(self) -> tuple[int, dict[str, Any]]:
        """What `verify_audit` exits with, and what it says."""
        done = subprocess.run(
            [sys.executable, "manage.py", "verify_audit", "--json"],
            cwd=ROOT,
            env=self.server.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.returncode, json.loads(done.stdout or "{}")

    def all_shipped(self) -> None:
        """Something happens, so that the worker tries at once; again, where it failed."""

        def tried() -> bool:
            self.rooms(1)
            return held_within(10, self.is_shipped)

        self.eventually(tried, "everything is in the ledger", START)

    def shipped_in_order(self) -> list[str]:
        """The events, each at its place, once."""
        self.all_shipped()
        rows = self.ask("SELECT event, tx FROM audit_outboxevent ORDER BY number")
        assert [tx for _event, tx in rows] == list(range(1, len(rows) + 1))
        assert self.alarms == []
        return [event for event, _tx in rows]

    def the_ledger_has_the_same(self) -> None:
        """All of it in that order, by what a stranger is given of it."""
        shipped = self.shipped_in_order()
        lines = [json.loads(line) for line in self.server.manage("export_audit").splitlines()]
        assert [line["event"].replace("-", "") for line in lines if "event" in line] == shipped

    def told(self, *wanted: str) -> None:
        """The running worker raises alarms with these texts."""
        self.eventually(
            lambda: all(any(text in alarm for alarm in self.alarms) for text in wanted), f"alarms for {wanted}"
        )

    @contextmanager
    def row(self, table: str, condition: str, *values: Any) -> Iterator[None]:
        """What is done to that one row here is undone afterwards."""
        [before] = self.ask(f"SELECT * FROM {table} WHERE {condition}", *values)
        try:
            yield
        finally:
            places = ", ".join("?" * len(before))
            self.ask(f"INSERT OR REPLACE INTO {table} VALUES ({places})", *before)

    def is_mended(self) -> None:
        """All is as it was, and the worker has found that; then the alarms, closed, don't come back."""
        self.all_shipped()
        self.found_true()
        self.ask("UPDATE audit_alarm SET acknowledged_at = datetime('now') WHERE acknowledged_at IS NULL")
        self.found_true()
        assert self.alarms == []

    def found_true(self) -> None:
        """The worker looks once more, and nothing is wrong."""
        [before] = self.ask("SELECT verified_at FROM audit_shipperstate")
        self.eventually(
            lambda: self.ask("SELECT verified_at FROM audit_shipperstate") != [before], "a look without alarm", START
        )

    def eventually(self, holds: Callable[[], Any], what: str, seconds: float = MINUTE) -> None:
        if not held_within(seconds, holds):
            raise AssertionError(
                f"not so within {seconds:g} s: {what}\n{self.alarms}\n{self.server.log('worker')[-8000:]}"
            )
