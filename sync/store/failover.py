"""Redis decides the timelines; PostgreSQL does while processes can't reach it. Which one does is a row of the database
(sync.store.authority), and every move begins a new epoch, so no `seq` repeats or goes back.

- Who can't reach Redis for AWAY seconds moves the authority to PostgreSQL; the others are told, and follow.
- While PostgreSQL can't be reached either, the authority stays where it is.
- Back to Redis once it has answered every process for BACK seconds.
- A Redis that lost its memory begins a new epoch too.

After each of these every process offers what it knows of its rooms, the highest `seq` wins, and whoever listens is told
that it may have missed something. Commands wait meanwhile.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from sync.clock import RoomClock
from sync.store import (
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
from sync.store.authority import Authority
from sync.store.kept import Kept
from sync.store.postgres import PostgresStore
from sync.store.redis import RedisStore
from sync.timeline import EPOCH, Timeline

AWAY = 2.0
"""Seconds without an answer of Redis after which the authority moves."""

BACK = 5.0
"""Seconds for which Redis must have answered all processes before it gets the authority back."""

PATIENCE = 4.0
"""Seconds that a command waits for a store that decides it."""

AGAIN = 0.05
"""Seconds between two attempts of a command."""

LOOK_EVERY = 0.25
REFUSE_EVERY = 1.0
START_SECONDS = 8.0

OTHERS_OFFER = 0.6
"""Seconds that the other processes have for their offers before commands pass again. They know each other's changes but
those of the last moment."""

OTHERS_CONNECT = 1.5
"""The same where Redis has lost its memory: the others may still wait for their next attempt to connect."""

AT_ONCE = 16
"""Rooms that are offered at the same time."""

UNSENT = 1000
"""Messages kept while no store takes them; the oldest go first."""

T = TypeVar("T")
logger = logging.getLogger(__name__)


class _Ear:
    """Hears one of the two stores, and passes on what it tells while it has the authority."""

    def __init__(self, store: "FailoverStore", name: authority.Name) -> None:
        self._store = store
        self._name = name

    @property
    def _leads(self) -> bool:
        return self._store.known.name == self._name

    def committed(self, room: str, timeline: Timeline, entry: Entry) -> None:
        if self._leads and (kept := self._store.rooms.get(room)):
            kept.happened(timeline, entry, monotonic())
            self._store.listener.committed(room, timeline, entry)

    def seen(self, room: str, id: str, record: bytes | None) -> None:
        if self._leads:
            self._store.listener.seen(room, id, record)

    def told(self, room: str, message: bytes) -> None:
        if self._leads:
            self._store.listener.told(room, message)

    def missed(self) -> None:
        if self._leads:
            self._store.lose()


class FailoverStore:
    def __init__(self, redis_url: str, conninfo: str, *, prefix: str = "wp:") -> None:
        """`conninfo` is PostgreSQL's as libpq takes it; `prefix` begins every key of Redis."""
        clock = RoomClock(monotonic)
        self.now = clock.now
        self.rooms: dict[str, Kept] = {}
        """Those that were entered."""
        self.known = Authority(0, "memory", 0.0, 0.0, None)
        """The authority that this process works under."""
        self.listener: Listener
        self._clock = clock
        self.redis = RedisStore(redis_url, self._epoch_for, prefix=prefix, clock=clock)
        self.postgres = PostgresStore(conninfo, process=self.redis.process, clock=clock, read=self._read)
        self.redis.leading = self.postgres.leading = False
        self._seen = self.known
        """The authority's row as it was last read."""
        self._lost = True
        """The rooms have not been offered to the store that has the authority."""
        self._came_from: authority.Name = "memory"
        self._offered = 0
        """The epoch whose store has been offered what was known here."""
        self._ready = asyncio.Event()
        self._wake = asyncio.Event()
        self._unsent: deque[Callable[[], None]] = deque(maxlen=UNSENT)
        self._dropped: set[tuple[str, str]] = set()
        """Participants whose records went while Redis could not be told."""
        self._refused_at = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._minder: asyncio.Task[None] | None = None

    @property
    def process(self) -> str:
        return self.redis.process

    @property
    def epoch(self) -> int:
        return self.known.epoch

    async def start(self, listener: Listener) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self.listener = listener
            self._ready, self._wake = asyncio.Event(), asyncio.Event()
            self.known = self._seen = Authority(0, "memory", 0.0, 0.0, None)
            await self.postgres.connect(_Ear(self, "postgres"))
            self._loop = loop
            self._seen = await self.postgres.look()
            self._follow(self._seen)
            try:
                await self.redis.start(_Ear(self, "redis"))
            except Unreachable as error:
                logger.warning("Started without Redis: %s", error)
            self._minder = loop.create_task(self._mind())
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            raise Unreachable("No store has taken the rooms.") from None

    async def stop(self) -> None:
        if self._minder is not None:
            self._minder.cancel()
            await asyncio.gather(self._minder, return_exceptions=True)
            self._minder = None
        await self.redis.stop()
        await self.postgres.stop()
        self._loop = None
        self.rooms.clear()

    # Rooms

    async def enter(self, room: str) -> Held:
        kept = self.rooms.setdefault(room, Kept())
        held = await self._through(lambda store: store.enter(room))
        kept.took(held.timeline)
        return held

    async def open(self, room: str, timeline: Timeline, applied: list[Pair]) -> Timeline:
        held = await self._through(lambda store: store.open(room, timeline, applied))
        kept = self.rooms.setdefault(room, Kept())
        kept.took(held)
        for pair in applied:
            kept.note(pair)
        return held

    async def commit(self, room: str, *, expected: int, timeline: Timeline, entry: Entry) -> Outcome:
        tried = 0

        async def commit(store: RedisStore | PostgresStore) -> Outcome:
            nonlocal tried
            tried += 1
            if timeline.seq < self.epoch * EPOCH and (kept := self.rooms.get(room)) and kept.timeline:
                # Computed under a former authority, where another process may have used this seq.
                return Stale(kept.timeline)
            return await store.commit(room, expected=expected, timeline=timeline, entry=entry)

        outcome = await self._through(commit, room)
        if tried > 1 and isinstance(outcome, Repeated) and outcome.held == timeline:
            outcome = Committed()  # the first time, and the answer was lost
        if kept := self.rooms.get(room):
            if isinstance(outcome, Committed):
                kept.happened(timeline, entry, monotonic())
            else:
                kept.took(outcome.held)
        return outcome

    async def remember(self, room: str, pair: Pair) -> bool:
        noted = await self._through(lambda store: store.remember(room, pair), room)
        if kept := self.rooms.get(room):
            kept.note(pair)
        return noted

    async def applied(self, room: str) -> list[Pair]:
        """As the port says; while the store is away, those that this process knows of."""
        kept = self.rooms.setdefault(room, Kept())
        if self._answers:
            try:
                pairs = await self._leader.applied(room)
            except Unreachable as error:
                logger.debug("The pairs of %s as they are known here: %s", room, error)
            else:
                for pair in pairs:
                    kept.note(pair)
                return pairs
        return list(kept.pairs)

    async def journal(self, room: str, after: int = 0) -> list[Entry]:
        """As the port says; while the store is away, those of the last seconds that this process knows of."""
        if self._answers:
            try:
                return await self._leader.journal(room, after)
            except Unreachable as error:
                logger.debug("The journal of %s as it is known here: %s", room, error)
        kept = self.rooms.get(room)
        return kept.recent(after) if kept else []

    def put(self, room: str, id: str, record: bytes) -> None:
        self._dropped.discard((room, id))
        self._tell(lambda: self._leader.put(room, id, record))

    def drop(self, room: str, id: str) -> None:
        if not self._answers or self.known.name != "redis":
            self._dropped.add((room, id))
        self._tell(lambda: self._leader.drop(room, id))

    def publish(self, room: str, message: bytes) -> None:
        self._tell(lambda: self._leader.publish(room, message))

    async def processes(self) -> set[str]:
        return await self._leader.processes()

    async def leave(self, room: str) -> None:
        self.rooms.pop(room, None)
        await self.redis.leave(room)
        await self.postgres.leave(room)

    async def forget(self, room: str) -> None:
        self.rooms.pop(room, None)
        await self._through(lambda store: store.forget(room))
        try:
            await (self.postgres if self._leader is self.redis else self.redis).forget(room)
        except Unreachable as error:
            logger.info("Room %s is forgotten by one store only: %s", room, error)

    # Which store it is

    @property
    def decides(self) -> bool:
        """Whether commands pass; False while the rooms are being offered to a store."""
        return self._ready.is_set()

    @property
    def _leader(self) -> RedisStore | PostgresStore:
        return self.postgres if self.known.name == "postgres" else self.redis

    @property
    def _answers(self) -> bool:
        """Whether the store that has the authority can be asked now."""
        if not self.decides:
            return False
        return self.known.name == "postgres" or self.redis.down_since is None

    async def _through(
        self, work: Callable[[RedisStore | PostgresStore], Awaitable[T]], opened: str | None = None
    ) -> T:
        """The answer of the store that has the authority, whichever that becomes meanwhile; Unreachable after PATIENCE.

        A store that doesn't know the room `opened` is told of it.
        """
        deadline = None
        while True:
            try:
                if self.decides:
                    return await work(self._leader)
                why: Unreachable | None = None
            except Unknown as error:
                why = error
                kept = self.rooms.get(opened) if opened else None
                if kept is None or kept.timeline is None:
                    raise
                self.lose()
            except Superseded as error:
                why = error
                self._wake.set()
            except Unreachable as error:
                why = error
            now = monotonic()
            deadline = deadline or now + PATIENCE
            if now >= deadline:
                raise why or Unreachable("No store decides at present.")
            await asyncio.sleep(AGAIN)

    def _tell(self, told: Callable[[], None]) -> None:
        if self._answers:
            told()
        else:
            self._unsent.append(told)

    def lose(self) -> None:
        """What the store knows of the rooms is uncertain: commands wait until they have been offered anew."""
        self._lost = True
        self._ready.clear()
        self._wake.set()

    def _read(self, found: Authority) -> None:
        self._seen = found
        if found.epoch > self.known.epoch:
            self._wake.set()

    async def _epoch_for(self, found: int | None) -> int:
        """Redis serves this epoch, or none: which one is to hold there?"""
        row = await self.postgres.look()
        if row.name == "postgres":
            return max(row.epoch, found or 0)
        others_saw_it = 0 < self.known.epoch < row.epoch
        if row.name == "memory" or (found is None and not others_saw_it) or (found or 0) > row.epoch:
            await self.postgres.move(epoch=row.epoch, to="redis", shift=row.shift, above=found or 0)
            row = await self.postgres.look()
        self._read(row)
        return row.epoch

    async def _mind(self) -> None:
        while True:
            try:
                await self._step()
            except Unreachable as error:
                logger.debug("The stores are looked at again: %s", error)
                await asyncio.sleep(AGAIN)
                continue
            except Exception:
                logger.exception("Looking after the stores failed, and is tried again")
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._wake.wait()
            except TimeoutError:
                continue
            self._wake.clear()

    async def _step(self) -> None:
        if self._seen.epoch > self.known.epoch:
            self._follow(self._seen)
        if self.known.name != "postgres" and self._is_away():
            shift = await self.postgres.shift() if self._clock.known else self.known.shift
            await self._move("postgres", shift)
        elif self.known.name == "postgres":
            await self._look_back()
        if self._lost and self.known.name != "memory":
            await self._offer_all()

    def _is_away(self) -> bool:
        down = self.redis.down_since
        return down is not None and monotonic() - down > AWAY

    async def _look_back(self) -> None:
        """From PostgreSQL to Redis."""
        now, up = monotonic(), self.redis.up_since
        if up is None:
            if now - self._refused_at > REFUSE_EVERY:
                self._refused_at = now
                await authority.redis_is_unreachable(self.postgres.connections)
        elif now - up > BACK:
            await self._move("redis", self.known.shift, quiet=BACK)

    async def _move(self, to: authority.Name, shift: float, quiet: float = 0.0) -> None:
        if await self.postgres.move(epoch=self.known.epoch, to=to, shift=shift, quiet=quiet):
            logger.warning("The rooms are decided by %s from now on", to)
        self._seen = await self.postgres.look()
        if self._seen.epoch > self.known.epoch:
            self._follow(self._seen)

    def _follow(self, found: Authority) -> None:
        if found.name != self.known.name:
            self._came_from = self.known.name
        self.known = found
        self.redis.leading, self.postgres.leading = found.name != "postgres", found.name == "postgres"
        self.lose()

    async def _offer_all(self) -> None:
        """Have the store that has the authority now know all that is known here; then commands pass."""
        await self._adopt()
        rooms = list(self.rooms.items())
        for start in range(0, len(rooms), AT_ONCE):
            await asyncio.gather(*(self._offer(room, kept) for room, kept in rooms[start : start + AT_ONCE]))
        if self._came_from != "postgres":
            await self._others_offer(wait=bool(rooms))
        if self.known.name == "redis":
            for room, id in self._dropped:
                self.redis.drop(room, id)
            self._dropped.clear()
        self._came_from, self._offered = self.known.name, self.epoch
        self._lost = False
        self._ready.set()
        while self._unsent:
            self._unsent.popleft()()
        if rooms:
            self.listener.missed()

    async def _others_offer(self, *, wait: bool) -> None:
        """Whoever committed last before Redis went may be the only one who knows of it."""
        if self._offered == self.epoch:
            return
        seconds = OTHERS_OFFER if self.known.name == "postgres" else OTHERS_CONNECT
        for _ in range(round(seconds / AGAIN)):
            if not await self.postgres.has_offered() or not wait:
                return
            await asyncio.sleep(AGAIN)

    async def _adopt(self) -> None:
        await self.postgres.adopt(self.known)
        if self.known.name == "redis":
            await self.redis.adopt(self.known.epoch)
        elif self.redis.down_since is None:
            # Who has not heard of the move, but reaches Redis, finds its epoch over.
            try:
                await self.redis.adopt(self.known.epoch)
            except Unreachable as error:
                logger.info("Redis was not told of epoch %d: %s", self.known.epoch, error)

    async def _offer(self, room: str, kept: Kept) -> None:
        leader = self._leader
        entries = kept.recent()
        if self._came_from == "postgres" and leader is self.redis:
            # What others committed there last may not have been heard here.
            kept.took((await self.postgres.enter(room)).timeline)
            for pair in await self.postgres.applied(room):
                kept.note(pair)
            entries = await self.postgres.journal(room)
        held = await leader.enter(room)
        if kept.timeline is not None:
            held = Held(await leader.open(room, kept.timeline, list(kept.pairs)))
            await leader.offer(room, entries)
        kept.took(held.timeline)
