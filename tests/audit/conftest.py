from collections.abc import Callable
from uuid import uuid4

import pytest

from audit.facts import Fact
from audit.models import OutboxEvent
from audit.services import record
from audit.shipping import ship


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
