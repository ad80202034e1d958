"""Two servers on what the environment names, at work at once: as it is, and as it would be without auditing."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.contenders import CONTENDERS, Contender, Running, started
from benchmarks.stand import Stand

SETTINGS = {True: "watchparty.settings", False: "benchmarks.audit.unheard"}


@contextmanager
def both(stand: Stand, participants: int) -> Iterator[dict[bool, tuple[Running, Path]]]:
    """By whether it is audited: the server, and a file with a room of so many people and their tokens.

    Where the environment names services they share them, and each has a room of its own.
    """
    with ExitStack() as servers:
        found = {}
        for audited in SETTINGS:
            one = _contender(audited)
            environment = one.environment(stand)
            stand.manage("migrate", "--verbosity", "0", environment=environment)
            size = ["--rooms", "1", "--participants", str(participants)]
            accounts = stand.folder / f"accounts-{one.name}.json"
            accounts.write_text(stand.manage("seed_bench", *size, environment=environment))
            found[audited] = servers.enter_context(started(one, stand, 1)), accounts
        yield found


def _contender(audited: bool) -> Contender:
    name = "audited" if audited else "unheard"

    def environment(stand: Stand) -> dict[str, str]:
        lifted = {"SYNC_MESSAGES_PER_SECOND": "0", "SYNC_CONNECTIONS_PER_USER": "0"}
        folder = stand.folder / name
        folder.mkdir(exist_ok=True)
        return os.environ | lifted | {"DATA": str(folder), "DJANGO_SETTINGS_MODULE": SETTINGS[audited]}

    return Contender(name, "", CONTENDERS["watchparty"].command, environment, Stand.accounts)
