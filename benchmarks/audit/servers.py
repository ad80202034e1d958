"""Servers on what the environment names: as it is, and as it would be without auditing."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.contenders import CONTENDERS, Contender, Running, started
from benchmarks.stand import Stand

SETTINGS = {True: "watchparty.settings", False: "benchmarks.audit.unheard"}
SWITCHED = "benchmarks.audit.switched"
HEADER = "X-Unheard"
"""What a request has that isn't to be audited, where the server can do without."""
Server = tuple[Running, Path]
"""With a file that has a room of its own, and its people's tokens."""


@contextmanager
def both(stand: Stand, participants: int) -> Iterator[dict[bool, Server]]:
    """At work at once, by whether it is audited. Where the environment names services they share them."""
    with ExitStack() as servers:
        yield {
            audited: servers.enter_context(one("audited" if audited else "unheard", settings, stand, participants))
            for audited, settings in SETTINGS.items()
        }


@contextmanager
def one(name: str, settings: str, stand: Stand, participants: int) -> Iterator[Server]:
    """A server with these settings, its data in a folder of that name, and a room of so many people."""
    contender = _contender(name, settings)
    environment = contender.environment(stand)
    stand.manage("migrate", "--verbosity", "0", environment=environment)
    size = ["--rooms", "1", "--participants", str(participants)]
    accounts = stand.folder / f"accounts-{name}.json"
    accounts.write_text(stand.manage("seed_bench", *size, environment=environment))
    with started(contender, stand, 1) as running:
        yield running, accounts


def _contender(name: str, settings: str) -> Contender:
    def environment(stand: Stand) -> dict[str, str]:
        lifted = {"SYNC_MESSAGES_PER_SECOND": "0", "SYNC_CONNECTIONS_PER_USER": "0"}
        folder = stand.folder / name
        folder.mkdir(exist_ok=True)
        return os.environ | lifted | {"DATA": str(folder), "DJANGO_SETTINGS_MODULE": settings}

    return Contender(name, "", CONTENDERS["watchparty"].command, environment, Stand.accounts)
