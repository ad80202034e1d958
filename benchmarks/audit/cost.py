"""What auditing adds to a write: `python -m benchmarks.audit.cost WRITES FOLDER`, on what the environment names.

Over HTTP, as a client sees it, to one server, where the receivers are connected for every other write.
"""

import http.client
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import django

from benchmarks.audit import figures
from benchmarks.audit.servers import HEADER, SWITCHED, one
from benchmarks.contenders import Running
from benchmarks.stand import Failed, Stand

WARM = 20
ROUNDS = 3
SECONDS = 20


class Client:
    """One that keeps its connection, as a browser does."""

    def __init__(self, server: Running, accounts: Path) -> None:
        self._connection = http.client.HTTPConnection(server.addresses[0], timeout=SECONDS)
        [room] = json.loads(accounts.read_text())
        self.audited = True
        self._headers = {"Authorization": f"Bearer {room['users'][0]}", "Content-Type": "application/json"}

    def ms(self, method: str, path: str, body: dict[str, Any], expected: int) -> float:
        """How long it took until the whole answer was there. Raises Failed for any other answer."""
        sent, headers = json.dumps(body), self._headers if self.audited else self._headers | {HEADER: "1"}
        began = time.perf_counter()
        self._connection.request(method, f"/api/v1/{path}", sent, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        took = (time.perf_counter() - began) * 1e3
        if answer.status != expected:
            raise Failed(f"{method} {path}: {answer.status} {content[:300]!r}")
        return took


WRITES: dict[str, Callable[[Client], float]] = {
    "POST rooms/": lambda client: client.ms("POST", "rooms/", {"name": "Figures", "visibility": "unlisted"}, 201),
    "PATCH users/me/": lambda client: client.ms("PATCH", "users/me/", {"display_name": uuid4().hex[:12]}, 200),
}


def main() -> None:
    times, stand = int(sys.argv[1]), Stand(Path(sys.argv[2]))
    with one("switched", SWITCHED, stand, participants=1) as server:
        # Where no services are named, its database lies there.
        os.environ["DATA"] = str(stand.folder / "switched")
        django.setup()
        from audit.models import OutboxEvent

        client = Client(*server)
        for number in range(1, ROUNDS + 1):
            for name, write in WRITES.items():
                facts = OutboxEvent.objects.count()
                taken: dict[bool, list[float]] = {True: [], False: []}
                for audited in figures.turns(times + WARM):
                    client.audited = audited
                    taken[audited].append(write(client))
                if (kept := OutboxEvent.objects.count() - facts) != times + WARM:
                    raise Failed(f"{name}: expected {times + WARM} facts, of every other write one, got {kept}.")
                found = figures.added(taken[True][WARM:], taken[False][WARM:])
                print(json.dumps({"write": name, "round": number} | found), flush=True)


if __name__ == "__main__":
    main()
