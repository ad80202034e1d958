"""A proxy that cuts every connection whenever so many bytes have gone up by it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PIECE = 64 * 1024
CONNECT_SECONDS = 10


class Cutting:
    def __init__(self, to: int, every: int) -> None:
        """``to``: a port of this machine. ``every``: bytes."""
        self.port = 0
        self.cuts = 0
        self.carried = 0
        """Bytes that went up, in all."""
        self._to, self._every = to, every
        self._open: set[asyncio.StreamWriter] = set()

    @contextmanager
    def kept(self) -> Iterator["Cutting"]:
        """Runs in a thread of its own: the client and its server's supervisor block."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), loop).result(CONNECT_SECONDS)
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._end(listening), loop).result(2 * CONNECT_SECONDS)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(CONNECT_SECONDS)
            loop.close()

    async def _listen(self) -> asyncio.Server:
        listening = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = int(listening.sockets[0].getsockname()[1])
        return listening

    async def _end(self, listening: asyncio.Server) -> None:
        listening.close()
        self._cut()
        # Whoever carries something notices that it is over.
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=CONNECT_SECONDS)

    async def _pass_on(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                server, requests = await asyncio.open_connection("127.0.0.1", self._to)
        except (OSError, TimeoutError):
            answers.transport.abort()
            return
        both = {answers, requests}
        self._open |= both
        try:
            await asyncio.gather(self._carry(client, requests, up=True), self._carry(server, answers, up=False))
        except OSError:
            return  # one side is gone, and so is the other
        finally:
            for writer in both:
                writer.transport.abort()
            self._open -= both

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, up: bool) -> None:
        while data := await source.read(PIECE):
            target.write(data)
            await target.drain()
            if up:
                self.carried += len(data)
                if self.carried >= (self.cuts + 1) * self._every:
                    self.cuts += 1
                    self._cut()
        raise ConnectionResetError

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()
