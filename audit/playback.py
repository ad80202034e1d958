"""Playback commands: held for some seconds, then kept as facts; above two a second of one person as one summary.

A second's commands arrive in pieces, for several processes save at moments of their own. So they lie in a table of
their own until nothing more of that second can come.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from audit import tasks
from audit.facts import Fact, Value
from audit.models import HeldCommand
from audit.rows import Command, insert_held
from audit.services import record
from sync.store import Entry

MOST_A_SECOND = 2
HELD_SECONDS = 3
"""The write-behind comes every 0.7 s; a process that hangs for longer makes a second summary."""
MOST_AT_ONCE = 5000


def hold(entries: Iterable[tuple[str, Entry]]) -> None:
    """Room ids and entries, in the transaction that saves the timelines. What a room did by itself is nobody's."""
    held = [
        # Milliseconds, for floats don't survive every database bit for bit.
        Command(room, entry.user, int(entry.at), entry.seq, entry.action, round(entry.position * 1000))
        for room, entry in entries
        if entry.user is not None
    ]
    if held:
        insert_held(held, timezone.now())
        transaction.on_commit(_keep_soon, robust=True)


def keep_held(now: datetime) -> int:
    """Make facts of the seconds that are over; how many. In one transaction, so each command is in exactly one."""
    with transaction.atomic():
        seconds = HeldCommand.objects.values("room", "user", "second").annotate(newest=Max("told_at"))
        due = seconds.filter(newest__lte=now - timedelta(seconds=HELD_SECONDS)).order_by("second")[:MOST_AT_ONCE]
        wanted = {(each["room"], each["user"], each["second"]) for each in due}
        rows = HeldCommand.objects.filter(second__in={second for _room, _user, second in wanted}).select_for_update()
        told = [row for row in rows.order_by("second", "room", "user", "seq") if _whose(row) in wanted]
        kept = 0
        for _second, group in groupby(told, key=_whose):
            commands = list(group)
            for one in [commands] if len(commands) > MOST_A_SECOND else [[command] for command in commands]:
                _keep(one)
                kept += 1
        HeldCommand.objects.filter(pk__in=[row.pk for row in told]).delete()
    return kept


def _whose(command: HeldCommand) -> tuple[UUID, UUID, int]:
    return command.room, command.user, command.second


def _keep(commands: list[HeldCommand]) -> None:
    last = commands[-1]
    # A seq has more than 53 bits, which is more than JavaScript reads as a number.
    data: dict[str, Value] = {"position_ms": last.position_ms, "seq": str(last.seq)}
    if len(commands) == 1:
        fact, data["action"] = Fact.PLAYBACK_COMMANDED, last.action
    else:
        fact, data["count"] = Fact.PLAYBACK_SUMMARY, len(commands)
        data["actions"] = sorted({command.action for command in commands})
    at = datetime.fromtimestamp(last.second, UTC)
    record(fact=fact, by=last.user, room=last.room, subject=last.room, data=data, at=at)


def _keep_soon() -> None:
    if cache.add("audit.keep_soon", 1, timeout=1):
        tasks.keep_playback_soon.schedule(delay=HELD_SECONDS + 1)
