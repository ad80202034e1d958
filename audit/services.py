"""Writing down what happened."""

from collections.abc import Mapping
from datetime import datetime
from time import monotonic
from uuid import UUID

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from audit import personal as privacy
from audit import seals, tasks
from audit.events import NewEvent
from audit.facts import Fact, Value, allowed, allowed_personal
from audit.rows import insert_event


class _Asked:
    """Until when, on the monotonic clock, a job that this process asked for has not begun."""

    until = 0.0


_asked = _Asked()


def ask_anew() -> None:
    """The next fact asks for a job, though one was asked for within this second: what jobs there were is gone."""
    _asked.until = 0.0


def record(
    *,
    fact: Fact,
    by: UUID | None,
    room: UUID | None = None,
    subject: UUID | str | None = None,
    data: Mapping[str, Value] | None = None,
    personal: Mapping[str, str | None] | None = None,
    at: datetime | None = None,
) -> NewEvent:
    """Keep a fact, in the caller's transaction: it is rolled back with the change, and the change with it.

    ``by`` is the actor's id, ``subject`` the id of what it was done to, ``at`` is now unless it is told. ``personal``
    is of the subject, who is a user's id then, and kept encrypted. Raises ValueError for fields that the fact doesn't
    have.
    """
    kept, own = allowed(fact, data or {}), allowed_personal(fact, personal or {})
    event = NewEvent(fact.value, by, room, str(subject or ""), kept, at or timezone.now())
    database = connections[DEFAULT_DB_ALIAS]
    # As `atomic(savepoint=False)` has it, at a fraction of its cost.
    if database.in_atomic_block:
        try:
            _keep(event, subject, own, database)
        except BaseException:
            # A change whose fact can't be kept must not be committed, whoever catches this.
            database.set_rollback(True)
            raise
    else:
        with transaction.atomic():
            _keep(event, subject, own, database)
    return event


def _keep(event: NewEvent, subject: UUID | str | None, own: Mapping[str, str], database: BaseDatabaseWrapper) -> None:
    if own and isinstance(subject, UUID):
        event.personal = privacy.box(event.event, subject, own)
    insert_event(seals.sealed(event, database), database)
    # A ledger that is late is mended by the periodic shipper; it must not fail a change that is committed already.
    database.on_commit(lambda: _ship_soon(event), robust=True)


def _ship_soon(event: NewEvent) -> None:
    # One job a second, however much happens. It runs after the key is gone, so nothing falls in between.
    now = monotonic()
    if now < _asked.until:
        # By this process itself, whose job is still to come: no need to ask the cache, which may be elsewhere.
        return
    if cache.add("audit.ship_soon", 1, timeout=1):
        # The job knows of the row from elsewhere than the table.
        tasks.ship_soon.schedule(args=(event.writer, event.position), delay=1)
        _asked.until = now + 1
