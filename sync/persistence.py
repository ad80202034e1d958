"""The archive in the project's database, and the write-behind that keeps it within a second of the live rooms."""

import asyncio
import logging
from collections.abc import Sequence
from zlib import crc32

import msgspec
import psycopg
from django.db import connection, transaction
from django.db.models import F

from sync.archive import Saved
from sync.database import in_thread
from sync.live import Live
from sync.models import Epoch, SavedTimeline
from sync.room import Room
from sync.signals import journaled
from sync.store import Entry
from sync.timeline import Timeline

_timeline = msgspec.json.Decoder(Timeline)
logger = logging.getLogger(__name__)

TURNS = 7
"""The rooms are written in so many parts. All in one go keep both the interpreter and the database busy for a tenth of
a second, in which every room's commands wait."""

ROOMS_AT_ONCE = 20
"""So many rooms are read from the store together. One by one, each waits for the sockets' turns, and a process with
much to do would take seconds for a hundred; a hundred at once would hold the sockets up for 10 ms."""

# Several processes write behind, each what it knows: what is older than the row leaves it as it is. SQLite and
# PostgreSQL have this in common; Django's bulk_create has no condition.
_SAVE = """
    INSERT INTO sync_timeline (room, seq, timeline, applied, heard_at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (room) DO UPDATE SET
        seq = excluded.seq, timeline = excluded.timeline, applied = excluded.applied,
        heard_at = CASE WHEN excluded.heard_at > sync_timeline.heard_at
            THEN excluded.heard_at ELSE sync_timeline.heard_at END
    WHERE sync_timeline.seq <= excluded.seq
"""
_NOTE_JOURNALED = "UPDATE sync_timeline SET journaled = %s WHERE room = %s"


class DatabaseArchive:
    """Rows of sync_timeline and sync_epoch."""

    async def new_epoch(self) -> int:
        return await in_thread(_new_epoch)

    async def epoch(self) -> int:
        """The highest epoch that there has been."""
        return await in_thread(_epoch)

    async def load(self, room: str) -> Saved | None:
        return await in_thread(_load, room)

    async def save(self, rooms: list[Saved], journal: list[tuple[str, Entry]]) -> None:
        await in_thread(_save, rooms, journal)

    async def delete(self, room: str) -> None:
        await in_thread(_delete, room)


def turn_of(room: str) -> int:
    """In which of the TURNS it is written: always the same, so each room is as long from one time to the next."""
    return crc32(room.encode()) % TURNS


async def flush(live: Live, turn: int | None = None) -> bool:
    """Write every room that has changed, or those of one turn. What can't be written now is kept for the next time;
    then this is False."""
    dirty = {id for id in live.dirty if turn is None or turn_of(id) == turn}
    live.dirty -= dirty
    try:
        await _write(live, dirty)
    except Exception:
        # Whatever it is (the database, who listens to the journal), the next time may go well; and no timeline may be
        # lost for it, nor the saving of all others end.
        logger.exception("Timelines of %d rooms could not be saved; trying again", len(dirty))
        live.dirty |= dirty
        return False
    return True


async def _write(live: Live, ids: set[str]) -> None:
    read: list[tuple[Room, Saved, list[tuple[str, Entry]]]] = []
    waiting = list(ids)
    while waiting:
        some, waiting = waiting[:ROOMS_AT_ONCE], waiting[ROOMS_AT_ONCE:]
        read += await asyncio.gather(*(_read(live, room) for id in some if (room := live.rooms.get(id))))
    # One that was closed meanwhile has been deleted from the archive, and stays so.
    read = [each for each in read if each[0].is_open]
    if not read:
        return
    await live.archive.save([saved for _, saved, _ in read], [entry for _, _, entries in read for entry in entries])
    for room, saved, _ in read:
        room.saved_seq = saved.timeline.seq


async def _read(live: Live, room: Room) -> tuple[Room, Saved, list[tuple[str, Entry]]]:
    held = room.timeline
    told = journaled.has_listeners(DatabaseArchive)
    journal = live.store.journal(room.id, after=room.saved_seq) if told else _nothing()
    applied, entries = await asyncio.gather(live.store.applied(room.id), journal)
    return room, Saved(room.id, held, applied, room.heard), [(room.id, entry) for entry in entries]


async def _nothing() -> list[Entry]:
    return []


def _new_epoch() -> int:
    with transaction.atomic():
        Epoch.objects.get_or_create(pk=1)
        Epoch.objects.filter(pk=1).update(epoch=F("epoch") + 1, authority="memory")
        return Epoch.objects.get(pk=1).epoch


def _epoch() -> int:
    return Epoch.objects.filter(pk=1).values_list("epoch", flat=True).first() or 0


def _load(room: str) -> Saved | None:
    row = SavedTimeline.objects.filter(room=room).first()
    if row is None:
        return None
    return Saved(room, _timeline.decode(row.timeline), row.applied, row.heard_at)


def _save(rooms: list[Saved], journal: list[tuple[str, Entry]]) -> None:
    # Always in the same order: two processes that save the same rooms would wait for each other.
    rows = [
        (saved.room, saved.timeline.seq, msgspec.json.encode(saved.timeline).decode(), saved.applied, saved.heard_at)
        for saved in sorted(rooms, key=lambda saved: saved.room)
    ]
    with transaction.atomic():
        _for_each(_SAVE, rows)
        if journal:
            _tell(journal)


def _tell(journal: list[tuple[str, Entry]]) -> None:
    """Tell the entries that no process has told before; the rooms' rows are held by this transaction."""
    rooms = {room for room, _ in journal}
    told = dict(SavedTimeline.objects.filter(room__in=rooms).values_list("room", "journaled"))
    untold = [(room, entry) for room, entry in journal if entry.seq > told[room]]
    if not untold:
        return
    newest = {room: entry.seq for room, entry in sorted(untold, key=lambda each: each[1].seq)}
    _for_each(_NOTE_JOURNALED, [(newest[room], room) for room in sorted(newest)])
    journaled.send(sender=DatabaseArchive, entries=untold)


def _for_each(statement: str, rows: Sequence[Sequence[str | int | float]]) -> None:
    """Run it with each row's values, in the present transaction.

    On PostgreSQL by psycopg's own cursor: Django's writes the values into the statement's text, and a hundred rooms'
    took the interpreter from the sockets for half of what is saved here.
    """
    if connection.vendor == "postgresql":
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            cursor.executemany(statement, rows)
    else:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)


def _delete(room: str) -> None:
    SavedTimeline.objects.filter(room=room).delete()
