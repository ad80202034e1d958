"""What auditing adds to a write: `python -m benchmarks.audit.cost WRITES FOLDER`, on what the environment names.

Over HTTP, as a client sees it, each write by turns to a server with the receivers and to one without.
"""

import http.client
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.audit import figures
from benchmarks.audit.servers import both
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
        self._headers = {"Authorization": f"Bearer {room['users'][0]}", "Content-Type": "application/json"}

    def ms(self, method: str, path: str, body: dict[str, Any], expected: int) -> float:
        """How long it took until the whole answer was there. Raises Failed for any other answer."""
        sent = json.dumps(body)
        began = time.perf_counter()
        self._connection.request(method, f"/api/v1/{path}", sent, self._headers)
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
    with both(stand, participants=1) as servers:
        clients = {audited: Client(*server) for audited, server in servers.items()}
        for number in range(1, ROUNDS + 1):
            for name, write in WRITES.items():
                taken: dict[bool, list[float]] = {True: [], False: []}
                for audited in figures.turns(times + WARM):
                    taken[audited].append(write(clients[audited]))
                found = figures.added(taken[True][WARM:], taken[False][WARM:])
                print(json.dumps({"write": name, "round": number} | found), flush=True)


if __name__ == "__main__":
    main()
