"""How a process stands with Redis: its two links, the epoch it serves, the room clock, and its lease."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from sync.clock import RoomClock
from sync.store import Superseded, Unreachable
from sync.store.address import Address
from sync.store.connection import Connection, Pushed, Refused, pack
from sync.store.link import Link
from sync.store.scripts import ADOPT, ALL, BEAT, PROCESSES, SHIFT

logger = logging.getLogger(__name__)

Authority = Callable[[int | None], Awaitable[int]]
"""Given the epoch that Redis serves (None if none: it is new, or lost its memory), the one that is to hold. May raise
Unreachable, and is asked again."""

BEAT_SECONDS = 1.0
"""How often a process renews its lease and looks at the clock and the epoch."""

LEASE_SECONDS = 6

FORGOTTEN_SECONDS = 60
"""How long after its lease a process still counts as in its rooms: at worst it is told in vain."""

START_SECONDS = 3.0

RETRY_SECONDS = 0.25
"""The least time between two attempts, however often commands find that something is wrong."""

TIMES_ASKED = 5
"""How often Redis' time is asked for when the shift is to be written."""


class Foreign(Superseded):
    """Redis serves another epoch than this process thought; `epoch` is None if it serves none."""

    def __init__(self, epoch: int | None) -> None:
        super().__init__(f"Redis serves epoch {epoch}")
        self.epoch = epoch


class Standing:
    """The keys `epoch`, `clock` (the shift between Redis' own clock and the room clock) and `processes` (leases, by the
    room-clock instant at which they end) are shared by all processes. One task minds all of that.
    """

    def __init__(self, address: Address, authority: Authority, *, prefix: str, process: str, clock: RoomClock) -> None:
        self.leading = True
        self.epoch: int | None = None
        self.epoch_text = b""
        self.clock = clock
        self.commands: Link
        self.subscription: Link
        self.lost = False
        """Something may have been missed, or not been told, since `missed` was last called."""
        self._address = address
        self._authority = authority
        self._process = process
        self._epoch_key, self._clock_key = f"{prefix}epoch", f"{prefix}clock"
        self._processes_key = f"{prefix}processes"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._missed: Callable[[], None]
        self._renew: Callable[[], Awaitable[None]]
        self._minder: asyncio.Task[None]
        self._started: asyncio.Event
        self._wake: asyncio.Event
        self._late = False
        self._refused_since: float | None = None
        self._taken_since = 0.0

    @property
    def keys(self) -> tuple[str, str]:
        """The epoch's and the processes', for scripts that look at them."""
        return self._epoch_key, self._processes_key

    @property
    def down_since(self) -> float | None:
        if self._loop is None:
            return None
        downs = [self.commands.down_since, self.subscription.down_since, self._refused_since]
        return min((since for since in downs if since is not None), default=None)

    @property
    def up_since(self) -> float | None:
        if self._loop is None:
            return None
        commands, subscription = self.commands.up_since, self.subscription.up_since
        if commands is None or subscription is None or self._refused_since is not None:
            return None
        return max(commands, subscription, self._taken_since)

    def connect(
        self,
        *,
        pushed: Pushed,
        prepare: Callable[[Connection], Awaitable[None]],
        missed: Callable[[], None],
        renew: Callable[[], Awaitable[None]],
    ) -> bool:
        """Begin to connect on the running loop; False if that has been done. `renew` is called at each beat."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return False
        self._abandon()
        self._loop, self._missed, self._renew = loop, missed, renew
        self._started, self._wake, self._late = asyncio.Event(), asyncio.Event(), False
        name = f"watchparty-{self._process}"
        up = self._came_up
        self.commands = Link(self._address, name=name, scripts=ALL, up=up, refused=self._was_refused)
        self.subscription = Link(self._address, name=f"{name}-told", up=up, pushed=pushed, prepare=prepare)
        self.commands.start()
        self.subscription.start()
        self._minder = loop.create_task(self._mind())
        return True

    async def wait(self) -> None:
        """Until the epoch and the clock are known; Unreachable after START_SECONDS, but `missed` follows later."""
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._started.wait()
        except TimeoutError:
            self._late = True
            raise Unreachable(f"Redis at {self._address} doesn't answer: {self.commands.reason}") from None

    async def disconnect(self) -> None:
        """What was sent before is carried out still, if Redis answers."""
        if self._loop is None:
            return
        self._minder.cancel()
        with suppress(asyncio.CancelledError):
            await self._minder
        with suppress(Unreachable):
            await self.commands.send(pack("ZREM", self._processes_key, self._process))
        await self.commands.stop()
        await self.subscription.stop()
        self._loop = None

    def _abandon(self) -> None:
        """The loop of before is no longer the one that the store is used from."""
        if self._loop is not None and not self._loop.is_closed():
            for task in (self._minder, self.commands.task, self.subscription.task):
                if task is not None:
                    self._loop.call_soon_threadsafe(task.cancel)

    def sound(self, reply: Any) -> Any:
        """A script's reply, unless it says that Redis serves another epoch."""
        if type(reply) is list and reply and reply[0] == b"foreign":
            self._wake.set()
            raise Foreign(None if reply[1] is None else int(reply[1]))
        return reply

    async def processes(self) -> set[str]:
        alive = await self.commands.run(PROCESSES, [self._clock_key, self._processes_key])
        return {process.decode() for process in alive}

    async def adopt(self, epoch: int) -> None:
        """Let `epoch` hold, and the room clock run on under it. Foreign if Redis serves a higher one."""
        shift = f"{await self._shift():.6f}" if self.clock.known else ""
        held = await self.commands.run(ADOPT, [self._epoch_key, self._clock_key], epoch, shift)
        if int(held) != epoch:
            raise Foreign(int(held))
        self.epoch, self.epoch_text = epoch, b"%d" % epoch

    async def _shift(self) -> float:
        """How far the room clock is ahead of Redis' own."""
        best, shift = float("inf"), 0.0
        for _ in range(TIMES_ASKED):
            sent = self.clock.local()
            seconds, microseconds = await self.commands.send(pack("TIME"))
            received = self.clock.local()
            if received - sent < best:
                best = received - sent
                shift = self.clock.at((sent + received) / 2) - int(seconds) - int(microseconds) / 1e6
        return shift

    def _came_up(self) -> None:
        self.lost = True
        if self.commands.is_up and self.subscription.is_up:
            self._wake.set()

    def _was_refused(self, text: str) -> None:
        if not self.lost:
            logger.warning("Redis refused what was told to other processes: %s", text)
        self.lost = True

    async def _mind(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._look()
            except Unreachable as error:
                # The link has logged an outage; a refusal comes over one that is up.
                if isinstance(error, Refused) and self._refused_since is None:
                    self._refused_since = monotonic()
                    logger.warning("Redis at %s refuses: %s", self._address, error)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                # Whatever it is, a process without a lease and a clock can't go on.
                logger.exception("Looking after Redis failed, and is tried again")
                await asyncio.sleep(RETRY_SECONDS)

    async def _look(self) -> None:
        try:
            held = await self._beat()
        except Foreign as error:
            await self.adopt(await self._authority(error.epoch))
            self.lost = True
            held = await self._beat()
        if self._refused_since is not None:
            logger.info("Redis at %s refuses no more", self._address)
            self._refused_since, self._taken_since = None, monotonic()
        if not self._started.is_set():
            await self._settle()
            return
        self.lost = self.lost or not held
        if self.lost and self.subscription.is_up:
            self.lost = False
            self._missed()
        await self._renew()

    async def _settle(self) -> None:
        while self.leading and not self.clock.settled:
            await self._beat()
        if self.subscription.is_up:
            self.lost = self._late
            self._started.set()

    async def _beat(self) -> bool:
        """Renew the lease and look at the clock; True if the lease had held until now."""
        keys = [self._epoch_key, self._clock_key, self._processes_key]
        sent = self.clock.local()
        reply = await self.commands.run(BEAT, keys, self._process, LEASE_SECONDS, FORGOTTEN_SECONDS, self.epoch_text)
        received = self.clock.local()
        seconds, microseconds, shift, held = self.sound(reply)
        if self.leading:
            told = int(seconds) + int(microseconds) / 1e6 + float(shift)
            if step := self.clock.sample(sent, received, told):
                logger.warning("Redis' clock was set by %+.3f s; the room clock runs on", step)
                await self.commands.run(SHIFT, [self._clock_key], shift, f"{float(shift) - step:.6f}")
                self._wake.set()
        return bool(held)
