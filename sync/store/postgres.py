"""The store in PostgreSQL: conditional updates, a journal in the same transaction, LISTEN/NOTIFY between processes.

It stands in while Redis is away (sync.store.failover). A room's row is the one that the archive writes behind, so what
was archived before needs no moving.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import LiteralString

import msgspec

from sync.clock import RoomClock
from sync.store import (
    APPLIED_KEPT,
    JOURNAL_KEPT,
    Committed,
    Entry,
    Held,
    Listener,
    Outcome,
    Pair,
    Repeated,
    Stale,
    Superseded,
    Unknown,
    Unreachable,
)
from sync.store import postgres_sql as sql
from sync.store.authority import Authority
from sync.store.postgres_link import TIMEOUT, Connections, listen
from sync.store.postgres_notices import CHANNEL, Notice, decode, deliver, of_long_message, of_message, of_record
from sync.store.postgres_outbox import Outbox
from sync.store.postgres_standing import PostgresStanding
from sync.timeline import Timeline

_timeline = msgspec.json.Decoder(Timeline)
_entry = msgspec.json.Decoder(Entry)


class PostgresStore:
    def __init__(
        self,
        conninfo: str,
        *,
        process: str,
        clock: RoomClock | None = None,
        read: Callable[[Authority], None] | None = None,
    ) -> None:
        """`conninfo` as libpq takes it. `clock` may be shared with another store, of which one at a time is `leading`.
        `read` is told the authority's row, each second and when it changed.
        """
        self.process = process
        self.connections = Connections(conninfo)
        self._conninfo = conninfo
        self._entered: set[str] = set()
        self._outbox = Outbox(self.connections)
        clock = clock or RoomClock(monotonic)
        self.now = clock.now
        self.standing = PostgresStanding(
            self.connections, process=process, clock=clock, read=read, changed=self._outbox.clear
        )
        self._listener: Listener | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def epoch(self) -> int:
        return self.standing.epoch

    async def start(self, listener: Listener) -> None:
        """As the only store of this server: PostgreSQL has the authority from now on."""
        if self._loop is asyncio.get_running_loop():
            return
        await self.connect(listener)
        while (found := await self.standing.look()).name != "postgres":
            await self.standing.move(epoch=found.epoch, to="postgres", shift=found.shift)
        await self.standing.adopt(found)

    async def connect(self, listener: Listener) -> None:
        """Hear the other processes, follow the clock, hold the lease. Raises Unreachable."""
        self.connections.open()
        self._listener = listener
        await self.standing.begin()
        self._loop = asyncio.get_running_loop()
        began = self._loop.create_future()
        self._tasks = [
            self._loop.create_task(
                listen(self._conninfo, CHANNEL, listening=lambda: self._hears(began), heard=self._heard)
            ),
            self._loop.create_task(self.standing.keep_looking()),
        ]
        self._outbox.start()
        done, _ = await asyncio.wait({began}, timeout=2 * TIMEOUT)
        if not done:
            await self.stop()
            raise Unreachable("PostgreSQL lets nobody listen.")

    async def stop(self) -> None:
        if self._loop is None:
            return
        self._loop = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._outbox.stop()
        await self.standing.release()
        self._entered.clear()
        await self.connections.close()

    # Rooms

    async def enter(self, room: str) -> Held:
        self._entered.add(room)
        held, people = await self.connections.run_all([(sql.ENTER, {"room": room}), (sql.PEOPLE, {"room": room})])
        return Held(_timeline.decode(held[0][0]) if held else None, dict(people))

    async def open(self, room: str, timeline: Timeline, applied: list[Pair]) -> Timeline:
        values = self._values(room) | {
            "seq": timeline.seq,
            "timeline": _text(timeline),
            "at": self.now(),
            "applied": _text(applied),
            "channel": CHANNEL,
            "notice": Notice(self.process, "opened", room).text,
        }
        statements = (sql.OFFER, sql.OFFER_PAIRS, sql.TRIM_PAIRS, sql.OFFERED)
        *_, offered = await self.connections.run_all([(statement, values) for statement in statements])
        if not offered or not offered[0][1]:
            raise Superseded(f"Epoch {self.epoch} is over.")
        return _timeline.decode(offered[0][0])

    async def commit(
        self, room: str, *, expected: int, timeline: Timeline, entry: Entry, told: bytes | None = None
    ) -> Outcome:
        """As the port says; `told` is the entry as JSON, where that is known."""
        values = self._values(room, entry.pair) | {
            "expected": expected,
            "seq": timeline.seq,
            "timeline": _text(timeline),
            "entry": told.decode() if told else _text(entry),
            "at": entry.at,
            "channel": CHANNEL,
            "notice": Notice(self.process, "committed", room, str(timeline.seq)).text,
        }
        ((valid, repeated, committed),) = await self.connections.run(sql.COMMIT, values)
        if committed:
            return Committed()
        if not valid:
            raise Superseded(f"Epoch {self.epoch} is over.")
        rows = await self.connections.run(sql.ENTER, {"room": room})
        if not rows:
            raise Unknown(f"Room {room} has not been opened.")
        held = _timeline.decode(rows[0][0])
        return Repeated(held) if repeated else Stale(held)

    async def remember(self, room: str, pair: Pair) -> bool:
        ((valid, known, noted),) = await self.connections.run(sql.REMEMBER, self._values(room, pair))
        if not valid:
            raise Superseded(f"Epoch {self.epoch} is over.")
        if not known:
            raise Unknown(f"Room {room} has not been opened.")
        return bool(noted)

    async def applied(self, room: str) -> str:
        rows = await self.connections.run(sql.APPLIED, self._values(room))
        return _text([(session, command) for session, command in reversed(rows)])

    async def journal(self, room: str, after: int = 0) -> list[Entry]:
        rows = await self.connections.run(sql.JOURNAL, self._values(room) | {"after": after})
        return [_entry.decode(text) for (text,) in reversed(rows)]

    async def offer(self, room: str, entries: list[Entry]) -> None:
        """Add to the journal what happened under another authority; entries that it has already change nothing."""
        rows = {
            "room": room,
            "seqs": [entry.seq for entry in entries],
            "entries": [_text(entry) for entry in entries],
            "applied": _text([entry.pair for entry in entries if entry.pair]),
        }
        await self.connections.run_all([(sql.OFFER_ENTRIES, rows), (sql.OFFER_PAIRS, rows)])

    def put(self, room: str, id: str, record: bytes) -> None:
        self._tell(sql.PUT, of_record(self.process, room, id, record), room=room, id=id, record=record)

    def drop(self, room: str, id: str) -> None:
        self._tell(sql.DROP, Notice(self.process, "dropped", room, id).text, room=room, id=id)

    def publish(self, room: str, message: bytes) -> None:
        if short := of_message(self.process, room, message):
            self._tell(sql.TELL, short)
        else:
            self._tell(sql.TELL_LONG, of_long_message(self.process, room), message=message)

    async def processes(self) -> set[str]:
        return await self.standing.processes()

    async def leave(self, room: str) -> None:
        self._entered.discard(room)

    async def forget(self, room: str) -> None:
        self._entered.discard(room)
        await self.connections.run_all([(statement, {"room": room}) for statement in sql.FORGET])

    def _values(self, room: str, pair: Pair | None = None) -> dict[str, object]:
        session, command = pair or (None, None)
        return {
            "room": room,
            "epoch": self.epoch,
            "session": session,
            "command": command,
            "applied_kept": APPLIED_KEPT,
            "journal_kept": JOURNAL_KEPT,
        }

    def _tell(self, statement: LiteralString, notice: str, **values: object) -> None:
        self._outbox.add(statement, {"channel": CHANNEL, "notice": notice, **values})

    # What the other processes do

    def _hears(self, began: "asyncio.Future[None]") -> None:
        if not began.done():
            began.set_result(None)
        elif self._listener is not None:
            self._listener.missed()

    async def _heard(self, texts: list[str]) -> None:
        notices = [each for each in decode(texts) if each.process != self.process]
        if any(each.kind == "moved" for each in notices):
            await self.standing.tell_authority()
        here = [each for each in notices if each.room in self._entered]
        if here and self._listener is not None:
            await deliver(self.connections, here, self._listener)


def _text(value: Timeline | Entry | list[Pair]) -> str:
    return msgspec.json.encode(value).decode()
