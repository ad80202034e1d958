"""A lean link to Redis: RESP3 by hiredis on an asyncio protocol.

Commands are pipelined, with a future for each and no task or timer of its own. One task per link connects, and connects
anew; one timer per connection notices that Redis has fallen silent. redis-py does more and costs more: see
benchmarks/store_commit.py.
"""

import asyncio
import hashlib
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from time import monotonic
from typing import Any, cast

import hiredis

from sync.store import Unreachable
from sync.store.address import Address

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 2.0
"""For connecting and the first commands."""

ANSWER_SECONDS = 1.0
"""How long an answer may take before the connection is given up."""

TICK = 0.25
"""How often that is looked at; a link on which nothing is under way sends a PING every second tick."""

MOST_PENDING = 10_000
"""Commands that may wait for their answers."""

MOST_UNSENT = 4 * 2**20
"""Bytes that may wait for being sent."""

BACKOFF_LEAST, BACKOFF_MOST = 0.05, 2.0
"""Seconds before the next attempt; each time twice as long, less up to a half at random."""

LASTED = 1.0
"""A connection that lasted for less has not ended the outage."""

PING = b"*1\r\n$4\r\nPING\r\n"
UNDECIDED = object()

Pushed = Callable[[list[Any]], None]


class Refused(Unreachable):
    """Redis answered with an error, such as MISCONF (it can't save), OOM or READONLY."""


class NoScript(Refused):
    """Redis doesn't have the script (any more); nothing was done."""


class Script:
    """A Lua script; `pack` makes a command of it."""

    def __init__(self, source: str) -> None:
        self.source = source.encode()
        self.sha = hashlib.sha1(self.source, usedforsecurity=False).hexdigest()

    def pack(self, keys: list[str], *args: str | bytes | int, whole: bool = False) -> bytes:
        """EVALSHA, or EVAL with the `whole` source, which Redis then keeps."""
        named = ("EVAL", self.source) if whole else ("EVALSHA", self.sha)
        return pack(*named, len(keys), *keys, *args)


def pack(*parts: str | bytes | int | float) -> bytes:
    packed: bytes = hiredis.pack_command(parts)  # type: ignore[arg-type]  # its stub means a tuple of any length
    return packed


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
        prepare: Callable[["Connection"], Awaitable[None]] | None = None,
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
                    self._fell(await connection.lost, connection.silent_since)
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
            lambda: Connection(loop, self._pushed, self._refused),
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

    def _fell(self, reason: str, since: float | None = None) -> None:
        self._connection = None
        self.up_since, self.reason = None, reason
        if self.down_since is None:
            self.down_since = since or monotonic()
        if not self._told:
            logger.warning("Redis at %s is down (%s): %s", self._address, self._name, reason)
            self._told = True


class Connection(asyncio.Protocol):
    """One connection, from the first byte to the last."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pushed: Pushed, refused: Callable[[str], None]) -> None:
        self._loop = loop
        self._pushed = pushed
        self._uncared = refused
        self._reader = hiredis.Reader(notEnoughData=UNDECIDED)
        self._transport: asyncio.WriteTransport
        self._pending: deque[asyncio.Future[Any] | None] = deque()
        self._sent = 0
        self._full = False
        self._gone: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._marks: deque[tuple[float, int]] = deque([(monotonic(), 0)], maxlen=round(ANSWER_SECONDS / TICK))
        """At each of the last ticks: when it was, and how many commands had been sent."""
        self.lost: asyncio.Future[str] = loop.create_future()
        """Why the connection ended."""
        self.silent_since: float | None = None
        """Since when an answer had been due, if that is why it ended."""

    def send(self, packed: bytes) -> "asyncio.Future[Any]":
        if self._full or len(self._pending) >= MOST_PENDING or self._gone is not None:
            raise Unreachable(self._gone or f"{len(self._pending)} commands wait for Redis already")
        answer = self._loop.create_future()
        self._pending.append(answer)
        self._sent += 1
        self._transport.write(packed)
        return answer

    def cast(self, packed: bytes) -> bool:
        if self._full or len(self._pending) >= MOST_PENDING or self._gone is not None:
            return False
        self._pending.append(None)
        self._sent += 1
        self._transport.write(packed)
        return True

    def push(self, packed: bytes) -> None:
        """Send what is answered by pushes alone (SUBSCRIBE)."""
        if self._full or self._gone is not None:
            raise Unreachable(self._gone or "too much waits for being sent to Redis already")
        self._transport.write(packed)

    def abort(self, reason: str) -> None:
        if self._gone is None:
            self._end(reason)
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._transport.set_write_buffer_limits(high=MOST_UNSENT)
        self._timer = self._loop.call_later(TICK, self._tick)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(str(error) if error else "Redis closed the connection")

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False

    def data_received(self, data: bytes) -> None:
        if self._gone is not None:
            return
        reader = self._reader
        try:
            reader.feed(data)
            while (reply := reader.gets()) is not UNDECIDED:
                if type(reply) is hiredis.PushNotification:
                    self._pushed(reply)
                    continue
                answer = self._pending.popleft()
                if isinstance(reply, hiredis.ReplyError):
                    self._refused(answer, str(reply))
                elif answer is not None and not answer.done():
                    answer.set_result(reply)
        except (hiredis.ProtocolError, IndexError) as error:
            self.abort(f"this is not Redis' protocol: {error}")

    def _refused(self, answer: "asyncio.Future[Any] | None", text: str) -> None:
        code = text.partition(" ")[0]
        if answer is None and code == "NOSCRIPT":
            # Nobody waits for it, so nobody would repeat it. A new connection brings the scripts, and whoever hears
            # that the old one was lost tells everything anew.
            self.abort("Redis has lost the scripts")
        elif answer is None:
            self._uncared(text)
        elif not answer.done():
            answer.set_exception(NoScript(text) if code == "NOSCRIPT" else Refused(text))
        if code in {"READONLY", "LOADING", "MASTERDOWN"}:
            self.abort(f"Redis can't serve now: {text}")

    def _tick(self) -> None:
        now = monotonic()
        if now - self._marks[-1][0] > 2 * TICK:
            # This process stood still: the answers may well be here, unread.
            self._marks.clear()
            self._marks.append((now, self._sent))
        at, sent = self._marks[0]
        answered = self._sent - len(self._pending)
        if answered < sent and now - at > ANSWER_SECONDS - TICK / 2:
            self.silent_since = at
            self.abort(f"no answer within {ANSWER_SECONDS:g} s")
            return
        if not self._pending and self._sent == self._marks[-1][1]:
            self.cast(PING)
        self._marks.append((now, self._sent))
        self._timer = self._loop.call_later(TICK, self._tick)

    def _end(self, reason: str) -> None:
        if self._gone is not None:
            return
        self._gone = reason
        if self._timer is not None:
            self._timer.cancel()
        while self._pending:
            answer = self._pending.popleft()
            if answer is not None and not answer.done():
                answer.set_exception(Unreachable(reason))
        if not self.lost.done():
            self.lost.set_result(reason)
