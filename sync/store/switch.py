"""Which of the two stores decides, as this process knows it: one task that follows the authority's row and moves it."""

import asyncio
import logging
from collections.abc import Callable
from time import monotonic

from sync.clock import RoomClock
from sync.store import Listener, Unreachable, authority
from sync.store.authority import Authority
from sync.store.hearing import Ear
from sync.store.kept import Kept
from sync.store.offering import Offering
from sync.store.postgres import PostgresStore
from sync.store.redis import RedisStore

AWAY = 2.0
"""Seconds without an answer of Redis after which the authority moves."""

BACK = 5.0
"""Seconds for which Redis must have answered all processes before it gets the authority back."""

AGAIN = 0.05
"""Seconds until a store that was not reached is tried again."""

LOOK_EVERY = 0.25
REFUSE_EVERY = 1.0
START_SECONDS = 8.0

NOBODY = Authority(0, "memory", 0.0, 0.0, None)

logger = logging.getLogger(__name__)


class Switch:
    def __init__(
        self, redis_url: str, conninfo: str, *, prefix: str, rooms: dict[str, Kept], settled: Callable[[], None]
    ) -> None:
        """`rooms` are those that were entered. `settled` is called whenever commands pass again."""
        self.known = NOBODY
        """The authority that this process works under."""
        self.clock = RoomClock(monotonic)
        self.redis = RedisStore(redis_url, self._epoch_for, prefix=prefix, clock=self.clock)
        self.postgres = PostgresStore(conninfo, process=self.redis.process, clock=self.clock, read=self._read)
        self.redis.leading = self.postgres.standing.leading = False
        self._rooms = rooms
        self._settled = settled
        self._offering = Offering(self.redis, self.postgres, rooms)
        self._seen = self.known
        """The authority's row as it was last read."""
        self._lost = True
        """The rooms have not been offered to the store that has the authority."""
        self._ready = asyncio.Event()
        self._wake = asyncio.Event()
        self._refused_at = 0.0
        self._listener: Listener
        self._loop: asyncio.AbstractEventLoop | None = None
        self._minder: asyncio.Task[None] | None = None

    async def start(self, listener: Listener) -> None:
        """Connect to both, and wait until one of them decides; Unreachable after START_SECONDS."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._listener = listener
            self._ready, self._wake = asyncio.Event(), asyncio.Event()
            self.known = self._seen = NOBODY
            await self.postgres.connect(self._ear("postgres", listener))
            self._loop = loop
            self._seen = await self.postgres.standing.look()
            self._follow(self._seen)
            try:
                await self.redis.start(self._ear("redis", listener))
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

    @property
    def decides(self) -> bool:
        """Whether commands pass; False while the rooms are being offered to a store."""
        return self._ready.is_set()

    @property
    def answers(self) -> bool:
        """Whether the store that has the authority can be asked now."""
        if not self.decides:
            return False
        return self.known.name == "postgres" or self.redis.down_since is None

    @property
    def leader(self) -> RedisStore | PostgresStore:
        return self.postgres if self.known.name == "postgres" else self.redis

    @property
    def other(self) -> RedisStore | PostgresStore:
        return self.postgres if self.leader is self.redis else self.redis

    def look(self) -> None:
        """At once: another authority holds than the known one."""
        self._wake.set()

    def lose(self) -> None:
        """What the store knows of the rooms is uncertain: commands wait until they have been offered anew."""
        self._lost = True
        self._ready.clear()
        self._wake.set()

    def _ear(self, name: authority.Name, listener: Listener) -> Ear:
        return Ear(listener, self._rooms, leads=lambda: self.known.name == name, missed=self.lose)

    def _read(self, found: Authority) -> None:
        self._seen = found
        if found.epoch > self.known.epoch:
            self._wake.set()

    async def _epoch_for(self, found: int | None) -> int:
        """Redis serves this epoch, or none: which one is to hold there?"""
        row = await self.postgres.standing.look()
        if row.name == "postgres":
            return max(row.epoch, found or 0)
        others_saw_it = 0 < self.known.epoch < row.epoch
        if row.name == "memory" or (found is None and not others_saw_it) or (found or 0) > row.epoch:
            await self.postgres.standing.move(epoch=row.epoch, to="redis", shift=row.shift, above=found or 0)
            row = await self.postgres.standing.look()
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
                # Whatever it is, nobody else here moves the rooms to the store that answers.
                logger.exception("Looking after the stores failed, and is tried again")
            try:
                async with asyncio.timeout(self._until_next_look()):
                    await self._wake.wait()
            except TimeoutError:
                continue
            self._wake.clear()

    async def _step(self) -> None:
        if self._seen.epoch > self.known.epoch:
            self._follow(self._seen)
        if self.known.name != "postgres" and self._is_away():
            shift = await self.postgres.standing.shift() if self.clock.known else self.known.shift
            await self._move("postgres", shift)
        elif self.known.name == "postgres":
            await self._look_back()
        if self._lost and self.known.name != "memory":
            await self._offering.offer_all(self.known)
            self._lost = False
            self._ready.set()
            self._settled()
            if self._rooms:
                self._listener.missed()

    def _until_next_look(self) -> float:
        """Seconds; no longer than until Redis has been away for so long that the authority moves."""
        down = self.redis.down_since
        if down is None or self.known.name == "postgres":
            return LOOK_EVERY
        return min(LOOK_EVERY, max(AGAIN, down + AWAY - monotonic()))

    def _is_away(self) -> bool:
        down = self.redis.down_since
        return down is not None and monotonic() - down > AWAY

    async def _look_back(self) -> None:
        """From PostgreSQL to Redis."""
        now, up = monotonic(), self.redis.up_since
        if up is None:
            if now - self._refused_at > REFUSE_EVERY:
                self._refused_at = now
                await self.postgres.standing.redis_is_unreachable()
        elif now - up > BACK:
            await self._move("redis", self.known.shift, quiet=BACK)

    async def _move(self, to: authority.Name, shift: float, quiet: float = 0.0) -> None:
        if await self.postgres.standing.move(epoch=self.known.epoch, to=to, shift=shift, quiet=quiet):
            logger.warning("The rooms are decided by %s from now on", to)
        self._seen = await self.postgres.standing.look()
        if self._seen.epoch > self.known.epoch:
            self._follow(self._seen)

    def _follow(self, found: Authority) -> None:
        if found.name != self.known.name:
            self._offering.came_from = self.known.name
        self.known = found
        self.redis.leading = found.name != "postgres"
        self.postgres.standing.leading = found.name == "postgres"
        self.lose()
