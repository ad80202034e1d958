"""Several web processes behind one port: the process that starts them, keeps them running and stops them.

Each listens on a socket of its own (SO_REUSEPORT), so that the kernel spreads connections evenly; one listening
socket for all would let whichever process is awake take them all. uvicorn's supervisor shares one, and ends all workers
when a new one can't start, as during an outage of the database.
"""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import Process
from time import monotonic

from watchparty.neighbours import Board, Inboxes

logger = logging.getLogger(__name__)

START_SECONDS = 60.0
SILENT_SECONDS = 30.0
"""A worker whose event loop has shown no sign of life for so long is killed."""
QUIET_SECONDS = 3.0
"""One that is silent for so long gets no sockets from the others until it is heard again."""
LIVED_SECONDS = 10.0
"""One that lived for so long is started again at once; the others after a pause that grows."""
PAUSE_LEAST, PAUSE_MOST = 0.2, 5.0


class Workers:
    def __init__(self, count: int, host: str, port: int, command: list[str], *, patience: float) -> None:
        """`command` starts a worker, given `--worker`, a number and descriptors; it has `patience` seconds to stop."""
        self._count = count
        self._address = host, port
        self._command = command
        self._patience = patience
        self._running: dict[int, Process] = {}
        self._board = Board.made(count)
        self._inboxes = Inboxes(count)
        self._stopping = asyncio.Event()
        self._has_served = False
        """One of them has: what ends another before it serves is no mistake in the settings."""
        self._failed = False

    @staticmethod
    def bound(host: str, port: int, *, shared: bool = True) -> socket.socket:
        """A socket that doesn't listen yet: a worker takes connections when it is ready for them. Raises OSError."""
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(address)
        return bound

    def run(self) -> int:
        """Until SIGTERM or SIGINT; returns the exit code."""
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        checked = subprocess.run([sys.executable, "-m", "django", "check"], env=_environment())
        if checked.returncode:
            return checked.returncode
        try:
            # Whoever has the port without sharing it is found out by not sharing it.
            self.bound(*self._address, shared=False).close()
            held = self.bound(*self._address)
        except OSError as error:
            logger.error("%s:%d: %s", *self._address, error.strerror)
            return 1
        with held:
            asyncio.run(self._run())
        self._inboxes.close()
        return 1 if self._failed else 0

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        for sent in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sent, self._stopping.set)
        logger.info("%d workers on %s:%d", self._count, *self._address)
        keeping = [asyncio.create_task(self._keep(number)) for number in range(self._count)]
        await self._stopping.wait()
        for number in range(self._count):
            self._board.set_serving(number, False)
        for process in self._running.values():
            process.terminate()
        _, late = await asyncio.wait(keeping, timeout=self._patience)
        for number, process in self._running.items():
            logger.error("Worker %d didn't stop in time", number)
            process.kill()
        if late:
            await asyncio.wait(late)

    async def _keep(self, number: int) -> None:
        """Start the worker, again and again. One that can't start before any has served stops everything."""
        pause = PAUSE_LEAST
        while not self._stopping.is_set():
            began = monotonic()
            await self._live(number)
            if self._stopping.is_set():
                return
            if not self._has_served:
                logger.error("Worker %d could not start", number)
                self._failed = True
                self._stopping.set()
                return
            pause = PAUSE_LEAST if monotonic() - began > LIVED_SECONDS else min(PAUSE_MOST, 2 * pause)
            logger.warning("Worker %d ended; starting another in %.1f s", number, pause)
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
            except TimeoutError:
                continue

    async def _live(self, number: int) -> None:
        """One worker's life."""
        ours, theirs = socket.socketpair()
        inbox, outboxes = self._inboxes.descriptors(number)
        with theirs:
            given = [theirs.fileno(), self._board.descriptor, inbox, *outboxes]
            process = await asyncio.create_subprocess_exec(
                *self._command,
                "--worker",
                *map(str, [number, *given]),
                env=_environment(),
                pass_fds=given,
                # Ctrl-C reaches the whole foreground group; they are stopped by us, once.
                start_new_session=True,
            )
        self._running[number] = process
        if self._stopping.is_set():
            process.terminate()
        pulse, lifeline = await asyncio.open_connection(sock=ours)
        await self._follow(number, process, pulse)
        await process.wait()
        del self._running[number]
        lifeline.close()
        self._board.forget(number, self._count)
        self._inboxes.empty(number)

    async def _follow(self, number: int, process: Process, pulse: asyncio.StreamReader) -> None:
        """Until it has ended, or is killed for its silence."""
        served, heard = False, monotonic()
        try:
            while True:
                try:
                    if not await asyncio.wait_for(pulse.read(1024), QUIET_SECONDS):
                        return
                except TimeoutError:
                    self._board.set_serving(number, False)
                    if monotonic() - heard > (SILENT_SECONDS if served else START_SECONDS):
                        logger.error("Worker %d shows no sign of life", number)
                        process.kill()
                        return
                else:
                    served = self._has_served = True
                    heard = monotonic()
                    self._board.set_serving(number, not self._stopping.is_set())
        except ConnectionError:
            return  # its end was closed with something unread: it is dead
        finally:
            self._board.set_serving(number, False)


def _environment() -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": "watchparty.settings"} | os.environ
