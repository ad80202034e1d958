"""Connections to PostgreSQL for the event loop: all has a time-out, and nothing waits for a server that hangs."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Coroutine, Mapping
from random import uniform
from time import monotonic
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sync.store import Unreachable

TIMEOUT = 2.0
"""Seconds for connecting, and for each statement."""

CONNECT_SECONDS = 3
"""After which libpq, too, gives an attempt up. Whole seconds."""

MOST = 4
"""Connections for statements; more statements than these wait, TIMEOUT at most."""

PING = 1.0
"""Seconds of silence after which a listening connection is tried."""

AGAIN = (0.1, 0.4)
"""Seconds between two attempts to connect, from and to."""

Rows = list[tuple[Any, ...]]
Values = Mapping[str, Any]
T = TypeVar("T")
logger = logging.getLogger(__name__)

_given_up: "set[asyncio.Future[Any]]" = set()
"""Work that goes on although nobody waits for it any more."""


class Connections:
    """A few connections that run statements, each in a transaction of its own."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._idle: list[AsyncConnection] = []
        self._free = asyncio.Semaphore(MOST)
        self._closed = False
        self.down_since: float | None = None
        """Since when (monotonic) nothing has been answered; None while it answers."""

    async def run(self, statement: LiteralString, values: Values | None = None) -> Rows:
        """The rows of one statement. Raises Unreachable."""

        async def work(connection: AsyncConnection) -> Rows:
            cursor = await connection.execute(statement, values)
            return await cursor.fetchall() if cursor.description else []

        return await self._use(work)

    async def run_all(self, statements: list[tuple[LiteralString, Values]]) -> list[Rows]:
        """The rows of each of several statements, in one transaction and one round trip. Raises Unreachable."""

        async def work(connection: AsyncConnection) -> list[Rows]:
            async with connection.pipeline(), connection.transaction():
                cursors = [await connection.execute(*each) for each in statements]
            return [await cursor.fetchall() if cursor.description else [] for cursor in cursors]

        return await self._use(work)

    async def close(self) -> None:
        """Those that are in use are closed when they aren't any more."""
        self._closed = True
        await self._close_idle()
        await given_up()

    def open(self) -> None:
        """To be used from the running loop. Connections that belong to one which has ended are forgotten."""
        self._closed = False
        while self._idle:
            self._idle.pop().pgconn.finish()

    async def _close_idle(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _use(self, work: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        began = monotonic()
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._free.acquire()
        except TimeoutError:
            raise Unreachable("All connections to PostgreSQL are busy.") from None
        try:
            connection = self._idle.pop() if self._idle else await connect(self._conninfo)
            done = await in_time(connection, work(connection))
        except Unreachable:
            if self.down_since is None:
                self.down_since = began
            # After a restart of the server all of them are broken.
            await self._close_idle()
            raise
        finally:
            self._free.release()
        self.down_since = None
        if self._closed:
            await connection.close()
        else:
            self._idle.append(connection)
        return done


async def connect(conninfo: str) -> AsyncConnection:
    """Raises Unreachable."""
    task = asyncio.ensure_future(
        AsyncConnection.connect(_limited(conninfo), autocommit=True, connect_timeout=CONNECT_SECONDS)
    )
    try:
        await asyncio.wait({task}, timeout=TIMEOUT)
        if not task.done():
            raise Unreachable(f"PostgreSQL can't be connected to within {TIMEOUT} s.")
    except BaseException:
        # Cancelled, it would leave the server waiting for a password, and its barriers waiting for that.
        _give_up(task)
        task.add_done_callback(_close_late)
        raise
    try:
        return task.result()
    except (OSError, psycopg.Error) as error:
        raise Unreachable(f"PostgreSQL can't be connected to: {error}") from None


async def in_time(connection: AsyncConnection, work: Coroutine[Any, Any, T]) -> T:
    """The result of work on a connection, which does not outlive its failure. Raises Unreachable.

    psycopg would ask a server that does not answer to cancel, and wait for that: the socket is cut off instead.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=TIMEOUT)
        if not task.done():
            raise Unreachable(f"PostgreSQL did not answer within {TIMEOUT} s.")
        return task.result()
    except BaseException as error:
        if task.done():
            connection.pgconn.finish()
        else:
            _give_up(task)
            task.add_done_callback(lambda done: _finish(connection, done))
            _cut(connection)
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            raise Unreachable(f"PostgreSQL failed: {error}") from error
        raise


async def given_up() -> None:
    """Until what nobody waits for any more has ended too, with its connection; TIMEOUT at most."""
    loop = asyncio.get_running_loop()
    if ours := [task for task in _given_up if task.get_loop() is loop]:
        await asyncio.wait(ours, timeout=TIMEOUT)


async def listen(
    conninfo: str,
    channel: str,
    *,
    listening: Callable[[], None],
    heard: Callable[[list[str]], Coroutine[Any, Any, None]],
) -> None:
    """Hear notices for ever: `heard` gets them in their order, `listening` is called once it begins, and again after
    each loss of the connection, with which notices were lost. `heard` may raise Unreachable: that is a loss too.
    """
    lost = False
    while True:
        try:
            connection = await connect(conninfo)
            try:
                await in_time(connection, connection.execute(f'LISTEN "{channel}"'.encode()))
                listening()
                if lost:
                    logger.info("PostgreSQL is listened to again")
                lost = False
                while True:
                    notices = [notice.payload async for notice in connection.notifies(timeout=PING, stop_after=1)]
                    if notices:
                        await heard(notices)
                    else:
                        await in_time(connection, connection.execute("SELECT 1"))
            finally:
                await connection.close()
        except (Unreachable, psycopg.OperationalError) as error:
            if not lost:
                logger.warning("Notices of PostgreSQL are lost until it can be listened to again: %s", str(error))
            lost = True
        except Exception:
            # Whatever it is, a process that hears of nothing decides by what is no longer so.
            lost = True
            logger.exception("Listening to PostgreSQL failed, and begins anew")
        await asyncio.sleep(uniform(*AGAIN))  # noqa: S311 - jitter is no secret


def _give_up(task: "asyncio.Future[Any]") -> None:
    _given_up.add(task)
    task.add_done_callback(_given_up.discard)


def _limited(conninfo: str) -> str:
    """The server, too, gives a statement up; one that waits for a lock would hold its connection."""
    options = str(conninfo_to_dict(conninfo).get("options") or "")
    return make_conninfo(conninfo, options=f"{options} -c statement_timeout={int(1000 * TIMEOUT)}".strip())


def _cut(connection: AsyncConnection) -> None:
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.fileno())) as same:
            same.shutdown(socket.SHUT_RDWR)


def _close_late(task: "asyncio.Future[AsyncConnection]") -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().pgconn.finish()


def _finish(connection: AsyncConnection, task: "asyncio.Future[Any]") -> None:
    connection.pgconn.finish()
    if not task.cancelled():
        task.exception()  # has been answered by Unreachable
