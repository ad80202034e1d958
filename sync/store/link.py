"""A link to Redis that is kept up, for the path of a command. redis-py does more, and costs more
(benchmarks/store_commit.py)."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from time import monotonic
from typing import Any

from sync.store import Unreachable
from sync.store.address import Address
from sync.store.connection import Connection, NoScript, Pushed, pack
from sync.store.scripts import Script

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 2.0
"""For connecting and the first commands."""

BACKOFF_LEAST, BACKOFF_MOST = 0.05, 2.0
"""Seconds before the next attempt; each time twice as long, less up to a half at random."""

LASTED = 1.0
"""A connection that lasted for less has not ended the outage."""


class Link:
    """A connection that is kept up until `stop`. Used from the event loop that `start` was called on."""

    def __init__(
        self,
        address: Address,
        *,
        name: str,
        scripts: Iterable[Script] = (),
        up: Callable[[], None] = lambda: None,
        pushed: Pushed = lambda message: None,
        refused: Callable[[str], None] = lambda text: None,
        prepare: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> None:
        """`name` is what CLIENT LIST shows. `prepare` runs on every new connection before it counts as up, then `up`;
        `pushed` gets what Redis sends unasked, `refused` why it didn't do what was `cast`."""
        self._address = address
        self._name = name
        self._scripts = list(scripts)
        self._up = up
        self._pushed = pushed
        self._refused = refused
        self._prepare = prepare
        self._connection: Connection | None = None
        self.task: asyncio.Task[None] | None = None
        self.down_since: float | None = monotonic()
        """Since when (monotonic) Redis hasn't answered; None while it does."""
        self.up_since: float | None = None
        self.reason = "not connected yet"
        self._told = False
        """The log knows of this outage."""

    @property
    def is_up(self) -> bool:
        return self._connection is not None

    def start(self) -> None:
        self.task = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        """Disconnect; what is under way fails."""
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task
            self.task = None

    def send(self, packed: bytes) -> "asyncio.Future[Any]":
        """Send a packed command; the future gets its answer, or Unreachable. Raises Unreachable if it can't be sent."""
        connection = self._connection
        if connection is None:
            raise Unreachable(f"Redis is down: {self.reason}")
        return connection.send(packed)

    def cast(self, packed: bytes) -> bool:
        """Send a command whose answer nobody needs; False if the link is down or full."""
        connection = self._connection
        return connection is not None and connection.cast(packed)

    def push(self, packed: bytes) -> None:
        """Send what is answered by pushes alone. Raises Unreachable if it can't be sent."""
        if self._connection is None:
            raise Unreachable(f"Redis is down: {self.reason}")
        self._connection.push(packed)

    async def run(self, script: Script, keys: list[str], *args: str | bytes | int) -> Any:
        try:
            return await self.send(script.pack(keys, *args))
        except NoScript:
            return await self.send(script.pack(keys, *args, whole=True))

    def give_up(self, reason: str) -> None:
        """Connect anew."""
        if self._connection is not None:
            self._connection.abort(reason)

    async def _keep(self) -> None:
        failures = 0
        while True:
            connection: Connection | None = None
            try:
                try:
                    async with asyncio.timeout(CONNECT_SECONDS):
                        connection = await self._connect()
                except Exception as error:
                    # Whatever it is (the network, the certificate, a refused password), it may be mended meanwhile.
                    self._fell(str(error) or type(error).__name__)
                else:
                    since = self._rose(connection)
                    await connection.lost
                    if monotonic() - since > LASTED:
                        failures = 0
            finally:
                self._connection = None
                if connection is not None:
                    connection.abort("the link was stopped")
            await asyncio.sleep(min(BACKOFF_MOST, BACKOFF_LEAST * 2**failures) * random.uniform(0.5, 1))  # noqa: S311
            failures = min(failures + 1, 10)

    async def _connect(self) -> "Connection":
        loop = asyncio.get_running_loop()
        to = self._address
        _, connection = await loop.create_connection(
            lambda: Connection(loop, pushed=self._pushed, refused=self._refused, ended=self._ended),
            to.host,
            to.port,
            ssl=to.tls,
            server_hostname=to.server_name,
        )
        try:
            await connection.send(pack("HELLO", 3, *to.credentials, "SETNAME", self._name))
            if to.database:
                await connection.send(pack("SELECT", to.database))
            for script in self._scripts:
                await connection.send(pack("SCRIPT", "LOAD", script.source))
            if self._prepare is not None:
                await self._prepare(connection)
        except BaseException:
            connection.abort("the first commands failed")
            raise
        return connection

    def _rose(self, connection: "Connection") -> float:
        if self._told:
            logger.info("Redis answers at %s (%s)", self._address, self._name)
            self._told = False
        self._connection = connection
        self.down_since, self.up_since = None, monotonic()
        self._up()
        return self.up_since

    def _ended(self, connection: Connection) -> None:
        if connection is self._connection:
            self._fell(connection.gone or "", connection.silent_since)

    def _fell(self, reason: str, since: float | None = None) -> None:
        self._connection = None
        self.up_since, self.reason = None, reason
        if self.down_since is None:
            self.down_since = since or monotonic()
        if not self._told:
            logger.warning("Redis at %s is down (%s): %s", self._address, self._name, reason)
            self._told = True
