"""The store in PostgreSQL: conditional updates, a journal in the same transaction, LISTEN/NOTIFY between processes.

It stands in while Redis is away (sync.store.failover). A room's row is the one that the archive writes behind, so what
was archived before needs no moving.
"""

import asyncio
import logging
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
    authority,
)
from sync.store import postgres_sql as sql
from sync.store.authority import Authority
from sync.store.postgres_link import TIMEOUT, Connections, listen
from sync.store.postgres_notices import CHANNEL, Notice, decode, deliver, of_long_message, of_message, of_record
from sync.store.postgres_outbox import Outbox
from sync.timeline import Timeline

LEASE = 6.0
"""Seconds that a process is thought alive after it renewed its lease."""

RENEW_EVERY = 2
TIMES_ASKED = 5
LOOK_EVERY = 1.0
"""Seconds between two looks at the clock and the authority; every RENEW_EVERY-th renews the lease."""

_timeline = msgspec.json.Decoder(Timeline)
_entry = msgspec.json.Decoder(Entry)
logger = logging.getLogger(__name__)


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
        self.leading = True
        """False while another store has the authority: then the clock isn't taken from PostgreSQL."""
        self.connections = Connections(conninfo)
        self._conninfo = conninfo
        self._read = read
        self._known: Authority | None = None
        self._clock = clock or RoomClock(monotonic)
        self.now = self._clock.now
        self._entered: set[str] = set()
        self._offered = 0
        self._outbox = Outbox(self.connections)
        self._listener: Listener | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def epoch(self) -> int:
        return self.known.epoch

    @property
    def known(self) -> Authority:
        """The authority that this store works under."""
        assert self._known is not None, "the store has not been started"
        return self._known

    async def start(self, listener: Listener) -> None:
        """As the only store of this server: PostgreSQL has the authority from now on."""
        if self._loop is asyncio.get_running_loop():
            return
        await self.connect(listener)
        while (found := await self.look()).name != "postgres":
            await self.move(epoch=found.epoch, to="postgres", shift=found.shift)
        await self.adopt(found)

    async def connect(self, listener: Listener) -> None:
        """Hear the other processes, follow the clock, hold the lease. Raises Unreachable."""
        self.connections.abandon()
        self._listener = listener
        await self.adopt(await authority.read(self.connections))
        await self._renew()
        self._loop = asyncio.get_running_loop()
        began = self._loop.create_future()
        self._tasks = [
            self._loop.create_task(
                listen(self._conninfo, CHANNEL, listening=lambda: self._hears(began), heard=self._heard)
            ),
            self._loop.create_task(self._keep_looking()),
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
        try:
            await self.connections.run(sql.RELEASE, {"process": self.process})
        except Unreachable as error:
            logger.info("The lease of %s has to run out: %s", self.process, error)
        self._entered.clear()
        await self.connections.close()

    # The authority and its clock

    async def look(self) -> Authority:
        """The authority's row as it is now. Raises Unreachable."""
        sent = self._clock.local()
        found = await authority.read(self.connections)
        received = self._clock.local()
        if found.epoch == self.epoch:
            self._known = found
            if self.leading and (step := self._clock.sample(sent, received, found.clock + found.shift)):
                logger.warning("PostgreSQL's clock was set by %+.3f s; the room clock runs on", step)
                await authority.unstep(self.connections, found, step)
        return found

    async def adopt(self, found: Authority) -> None:
        """Work under this authority from now on. Raises Unreachable, Superseded."""
        if self._known is None or self._known.epoch != found.epoch:
            self._outbox.clear()
            self._known = found
        while self.leading and not self._clock.settled:
            if (await self.look()).epoch != found.epoch:
                raise Superseded(f"Epoch {found.epoch} is over.")

    async def has_offered(self) -> int:
        """Say that this process has offered what it knew under its epoch; how many have not done so yet."""
        if self._offered < self.epoch:
            self._offered = self.epoch
            await self._renew()
        ((behind,),) = await self.connections.run(sql.BEHIND, {"epoch": self.epoch, "lease": LEASE})
        return int(behind)

    async def shift(self) -> float:
        """How far the room clock is ahead of PostgreSQL's. Raises Unreachable."""
        best, shift = float("inf"), 0.0
        for _ in range(TIMES_ASKED):
            sent = self._clock.local()
            found = await authority.read(self.connections)
            received = self._clock.local()
            if received - sent < best:
                best, shift = received - sent, self._clock.at((sent + received) / 2) - found.clock
        return shift

    async def move(self, *, epoch: int, to: authority.Name, shift: float, quiet: float = 0.0, above: int = 0) -> bool:
        """`authority.move`, told to the other processes."""
        notice = CHANNEL, Notice(self.process, "moved").text
        return await authority.move(
            self.connections, epoch=epoch, to=to, shift=shift, notice=notice, quiet=quiet, above=above
        )

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

    async def commit(self, room: str, *, expected: int, timeline: Timeline, entry: Entry) -> Outcome:
        values = self._values(room, entry.pair) | {
            "expected": expected,
            "seq": timeline.seq,
            "timeline": _text(timeline),
            "entry": _text(entry),
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

    async def applied(self, room: str) -> list[Pair]:
        rows = await self.connections.run(sql.APPLIED, self._values(room))
        return [(session, command) for session, command in reversed(rows)]

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
        return {process for (process,) in await self.connections.run(sql.PROCESSES, {"lease": LEASE})}

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

    # What the other processes do, and the time

    def _hears(self, began: "asyncio.Future[None]") -> None:
        if not began.done():
            began.set_result(None)
        elif self._listener is not None:
            self._listener.missed()

    async def _heard(self, texts: list[str]) -> None:
        notices = [each for each in decode(texts) if each.process != self.process]
        if any(each.kind == "moved" for each in notices):
            await self._tell_authority()
        here = [each for each in notices if each.room in self._entered]
        if here and self._listener is not None:
            await deliver(self.connections, here, self._listener)

    async def _keep_looking(self) -> None:
        looks = 0
        while True:
            await asyncio.sleep(LOOK_EVERY)
            looks += 1
            try:
                await self._tell_authority()
                if looks % RENEW_EVERY == 0:
                    await self._renew()
            except Unreachable as error:
                logger.debug("No look at the authority: %s", error)
            except Exception:
                logger.exception("Looking at the authority failed, and goes on")

    async def _tell_authority(self) -> None:
        found = await self.look()
        if self._read is not None:
            self._read(found)

    async def _renew(self) -> None:
        await self.connections.run(sql.LEASE, {"process": self.process, "epoch": self._offered})


def _text(value: Timeline | Entry | list[Pair]) -> str:
    return msgspec.json.encode(value).decode()
