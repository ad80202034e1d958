"""How fast facts get into the ledger, and what auditing costs those who wait for an answer.

    .venv/bin/python -m benchmarks.audit [--rate 5000] [--seconds 20] [--writes 300] [--commands 6] [--only NAME] …

On services of its own, in turn: `embedded` (SQLite, the ledger in it) and `immudb` (PostgreSQL, Redis, ImmuDB). For
each: a backlog shipped at once; `--rate` events a second put into the outbox while the shipper runs; REST writes, every
other one with the receivers; sync commands, by turns to a server with them and to one without. Prints a line of JSON
for each.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.stand import MANAGE_SECONDS, run
from scripts.native import Immudb, Postgres, Redis, Service


def measure(name: str, services: Sequence[Service], folder: Path, asked: argparse.Namespace) -> None:
    environment = os.environ | {
        "DATA": str(folder / "data"),
        "SECRET_KEY": "only for figures, " * 3,
        "DJANGO_SETTINGS_MODULE": "watchparty.settings",
    }
    (folder / "data").mkdir(parents=True)
    try:
        for service in services:
            service.start()
            environment |= service.settings()
        run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], MANAGE_SECONDS, environment)
        pids = [f"{service.name}={service.pid()}" for service in services]
        for part, words in {
            "pipeline": [str(asked.rate), str(asked.seconds), str(asked.backlog), *pids],
            "cost": [str(asked.writes), str(folder)],
            "commands": [str(asked.commands), str(folder)],
        }.items():
            if words[0] != "0":
                said = run([sys.executable, "-m", f"benchmarks.audit.{part}", *words], MANAGE_SECONDS, environment)
                for line in said.splitlines():
                    print(json.dumps({"on": name} | json.loads(line)), flush=True)
    finally:
        for service in services:
            service.stop()


def main() -> None:
    # So that what was started is ended as by Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended by SIGTERM."))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=5000, help="events a second; 0 leaves the pipeline out")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--backlog", type=int, default=20_000, help="events that are shipped at once, before")
    parser.add_argument("--writes", type=int, default=300, help="of each kind; 0 leaves them out")
    parser.add_argument("--commands", type=int, default=6, help="pairs of stretches of 2 s; 0 leaves them out")
    parser.add_argument("--only", choices=["embedded", "immudb"])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        # PostgreSQL runs as another account when this one is root.
        folder.chmod(0o755)
        if asked.only != "immudb":
            measure("embedded", [], folder / "embedded", asked)
        if asked.only != "embedded":
            services = [one(folder / one.name) for one in (Postgres, Redis, Immudb)]
            measure("immudb", services, folder / "immudb-data", asked)


if __name__ == "__main__":
    main()
