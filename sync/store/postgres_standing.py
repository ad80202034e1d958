"""How a process stands with PostgreSQL: the authority that it works under, the room clock, and its lease."""

import asyncio
import logging
from collections.abc import Callable

from sync.clock import RoomClock
from sync.store import Superseded, Unreachable, authority
from sync.store import postgres_sql as sql
from sync.store.authority import Authority
from sync.store.postgres_link import Connections
from sync.store.postgres_notices import CHANNEL, Notice

LEASE = 6.0
"""Seconds that a process is thought alive after it renewed its lease."""

RENEW_EVERY = 2
TIMES_ASKED = 5
LOOK_EVERY = 1.0
"""Seconds between two looks at the clock and the authority; every RENEW_EVERY-th renews the lease."""

logger = logging.getLogger(__name__)


class PostgresStanding:
    def __init__(
        self,
        connections: Connections,
        *,
        process: str,
        clock: RoomClock,
        read: Callable[[Authority], None] | None,
        changed: Callable[[], None],
    ) -> None:
        """`read` is told the authority's row, each second and when it changed; `changed` that another is adopted."""
        self.leading = True
        """False while another store has the authority: then the clock isn't taken from PostgreSQL."""
        self._connections = connections
        self._process = process
        self._clock = clock
        self._read = read
        self._changed = changed
        self._known: Authority | None = None
        self._offered = 0

    @property
    def epoch(self) -> int:
        return self.known.epoch

    @property
    def known(self) -> Authority:
        """The authority that this store works under."""
        assert self._known is not None, "the store has not been started"
        return self._known

    async def begin(self) -> None:
        """Adopt the authority that holds, and take the lease. Raises Unreachable."""
        await self.adopt(await authority.read(self._connections))
        await self._renew()

    async def look(self) -> Authority:
        """The authority's row as it is now. Raises Unreachable."""
        sent = self._clock.local()
        found = await authority.read(self._connections)
        received = self._clock.local()
        if found.epoch == self.epoch:
            self._known = found
            if self.leading and (step := self._clock.sample(sent, received, found.clock + found.shift)):
                logger.warning("PostgreSQL's clock was set by %+.3f s; the room clock runs on", step)
                await authority.unstep(self._connections, found, step)
        return found

    async def adopt(self, found: Authority) -> None:
        """Work under this authority from now on. Raises Unreachable, Superseded."""
        if self._known is None or self._known.epoch != found.epoch:
            self._changed()
            self._known = found
        while self.leading and not self._clock.settled:
            if (await self.look()).epoch != found.epoch:
                raise Superseded(f"Epoch {found.epoch} is over.")

    async def has_offered(self) -> int:
        """Say that this process has offered what it knew under its epoch; how many have not done so yet."""
        if self._offered < self.epoch:
            self._offered = self.epoch
            await self._renew()
        ((behind,),) = await self._connections.run(sql.BEHIND, {"epoch": self.epoch, "lease": LEASE})
        return int(behind)

    async def shift(self) -> float:
        """How far the room clock is ahead of PostgreSQL's. Raises Unreachable."""
        best, shift = float("inf"), 0.0
        for _ in range(TIMES_ASKED):
            sent = self._clock.local()
            found = await authority.read(self._connections)
            received = self._clock.local()
            if received - sent < best:
                best, shift = received - sent, self._clock.at((sent + received) / 2) - found.clock
        return shift

    async def move(self, *, epoch: int, to: authority.Name, shift: float, quiet: float = 0.0, above: int = 0) -> bool:
        """`authority.move`, told to the other processes."""
        notice = CHANNEL, Notice(self._process, "moved").text
        return await authority.move(
            self._connections, epoch=epoch, to=to, shift=shift, notice=notice, quiet=quiet, above=above
        )

    async def redis_is_unreachable(self) -> None:
        """`authority.redis_is_unreachable`."""
        await authority.redis_is_unreachable(self._connections)

    async def keep_looking(self) -> None:
        looks = 0
        while True:
            await asyncio.sleep(LOOK_EVERY)
            looks += 1
            try:
                await self.tell_authority()
                if looks % RENEW_EVERY == 0:
                    await self._renew()
            except Unreachable as error:
                logger.debug("No look at the authority: %s", error)
            except Exception:
                # Whatever it is, a process without a lease and a look at who decides can't go on.
                logger.exception("Looking at the authority failed, and goes on")

    async def tell_authority(self) -> None:
        found = await self.look()
        if self._read is not None:
            self._read(found)

    async def processes(self) -> set[str]:
        return {process for (process,) in await self._connections.run(sql.PROCESSES, {"lease": LEASE})}

    async def release(self) -> None:
        """Give the lease back; it runs out by itself if PostgreSQL doesn't answer."""
        try:
            await self._connections.run(sql.RELEASE, {"process": self._process})
        except Unreachable as error:
            logger.info("The lease of %s has to run out: %s", self._process, error)

    async def _renew(self) -> None:
        await self._connections.run(sql.LEASE, {"process": self._process, "epoch": self._offered})
