from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from audit.facts import Fact
from audit.models import OutboxEvent
from audit.services import record
from audit.shipping import ship
from scripts.native import Immudb
from tests.audit.trail import Trail
from tests.live import LiveServer


@pytest.fixture
def five(db: None) -> list[OutboxEvent]:
    """Five entries that stand in the ledger, oldest first."""
    actor, room = uuid4(), uuid4()
    for role in ("host", "member", "member", "moderator", "guest"):
        record(fact=Fact.MEMBER_JOINED, by=actor, room=room, subject=uuid4(), data={"role": role})
    ship()
    return list(OutboxEvent.objects.order_by("number"))


@pytest.fixture
def facts() -> Callable[[], list[str]]:
    """``facts()``: what was kept so far, oldest first."""
    return lambda: list(OutboxEvent.objects.order_by("number").values_list("fact", flat=True))


@pytest.fixture(scope="session")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trail]:
    """Web, worker and ImmuDB for all tests of real faults; each leaves a ledger that has everything, and no alarm."""
    folder = tmp_path_factory.mktemp("trail")
    immudb = Immudb(folder / "immudb")
    immudb.start()
    server = LiveServer(folder / "data", extra=immudb.settings() | {"AUDIT_WATCH_SECONDS": "1"})
    try:
        server.start()
        # Whose token outlasts all of them.
        [alice] = server.crowd(1)
        yield Trail(server, immudb, alice)
    finally:
        server.stop()
        immudb.stop()
