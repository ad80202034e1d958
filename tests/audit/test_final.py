"""Entries can't be added, changed or deleted by the ORM: the outbox's and the local ledger's alike."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.facts import Fact
from audit.final import EntriesAreFinal
from audit.models import LedgerEntry, OutboxEvent

Model = type[OutboxEvent] | type[LedgerEntry]

ATTEMPTS: dict[str, Callable[[Any], Any]] = {
    "update": lambda model: model.objects.filter(tx=1).update(tx=9),
    "bulk_update": lambda model: model.objects.bulk_update([model.objects.first()], ["tx"]),
    "delete": lambda model: model.objects.all().delete(),
    "create": lambda model: model.objects.create(tx=9),
    "bulk_create": lambda model: model.objects.bulk_create([model(tx=9)]),
    "get_or_create": lambda model: model.objects.get_or_create(tx=9),
    "save": lambda model: model.objects.first().save(),
    "save a new one": lambda model: model(tx=9).save(),
    "delete one": lambda model: model.objects.first().delete(),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
@pytest.mark.parametrize("model", [OutboxEvent, LedgerEntry])
def test_the_orm_refuses(model: Model, attempt: Callable[[Any], Any], five: list[OutboxEvent]) -> None:
    before = list(model.objects.values())
    with pytest.raises(EntriesAreFinal):
        attempt(model)
    assert list(model.objects.values()) == before


def test_what_was_written_is_read(five: list[OutboxEvent]) -> None:
    assert OutboxEvent.objects.filter(fact=Fact.MEMBER_JOINED).count() == 5
