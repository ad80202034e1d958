"""The shipper as processes of its own that are killed at their steps, and at random moments, for there may be steps
that nobody thought of; run beside a server's database, with its settings.

Django is set up once and each shipper is a fork of that. Prints how they ended, as JSON: a step, and the exit codes of
the one that is killed there and of the one that goes on.
"""

import json
import os
import random
import signal
import time
import traceback
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, NoReturn
from uuid import uuid4

import django
from django.db import connection, transaction

# What is replaced, and whether it is done before the end.
STEPS: dict[str, tuple[str, str, bool]] = {
    "with the lease": ("audit.ledger", "current", False),
    "with a batch": ("audit.seals", "problems", False),
    "before ImmuDB has it": ("audit.ledger.immudb", "ImmudbLedger._set", False),
    "while ImmuDB writes it": ("audit.ledger.immudb.batches", "Batch.prepare", True),
    "after ImmuDB has it": ("audit.ledger.immudb", "ImmudbLedger._set", True),
    "after it is trusted": ("audit.ledger.immudb", "ImmudbLedger._trust", True),
    "before the note is committed": ("audit.lease", "renew", True),
    "before the copy": ("audit.copies", "write", False),
    "after the copy": ("audit.copies", "write", True),
}


RANDOM_KILLS, BACKLOG, BATCH = 4, 300, 100
LONGEST = 0.3
"""Seconds after which a shipper is killed at random. It takes about half of that for the backlog on a quiet machine."""


def main() -> None:
    django.setup()
    # Once, before the forks, which would all need it. It makes no connection yet.
    import_module("audit.ledger.immudb")
    ends = {}
    for step, (module, name, is_done) in STEPS.items():
        happens(3)
        killed = ended(forked(partial(ship_and_be_killed, module, name, is_done)))
        happens(1)
        ends[step] = (killed, ended(forked(ship_after_the_dead_one)))
    for _kill in range(RANDOM_KILLS):
        happens(BACKLOG)
        shipper = forked(ship_after_the_dead_one)
        time.sleep(random.uniform(0, LONGEST))
        os.kill(shipper, signal.SIGKILL)
        ended(shipper)
    ends["at random"] = (-signal.SIGKILL, ended(forked(ship_after_the_dead_one)))
    print(json.dumps(ends))  # noqa: T201 - it is a program


def happens(times: int) -> None:
    from audit.facts import Fact
    from audit.services import record

    with transaction.atomic():
        for _time in range(times):
            record(fact=Fact.ROOM_CLOSED, by=uuid4(), room=uuid4())
    # A fork with an open connection to the database would share it.
    connection.close()


def forked(work: Callable[[], None]) -> int:
    """The id of a process that does that."""
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return child


def ended(child: int) -> int:
    """Its exit code; less than 0 where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def ship_and_be_killed(module: str, name: str, is_done: bool) -> None:
    from audit.shipping import ship

    owner: Any = import_module(module)
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    step = getattr(owner, last)

    def end(*rest: Any, **options: Any) -> NoReturn:
        if is_done:
            step(*rest, **options)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("It lives on after SIGKILL.")

    setattr(owner, last, end)
    ship()


def ship_after_the_dead_one() -> None:
    from audit import shipping
    from audit.models import OutboxEvent, ShipperState

    # As if the minute were over for which the dead one's lease lasts.
    ShipperState.objects.update(until=None)
    # Several, of which one is read while another is written.
    shipping.BATCH = BATCH
    shipping.ship()
    assert not OutboxEvent.objects.filter(tx=None).exists()


if __name__ == "__main__":
    main()
