"""One connection to Redis: RESP3 by hiredis on an asyncio protocol.

Commands are pipelined, with a future for each and no task or timer of its own; one timer per connection notices that
Redis has fallen silent.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, cast

import hiredis

from sync.store import Unreachable

ANSWER_SECONDS = 1.0
"""How long an answer may take before the connection is given up."""

TICK = 0.25
"""How often that is looked at; a link on which nothing is under way sends a PING every second tick."""

MOST_PENDING = 10_000
"""Commands that may wait for their answers."""

MOST_UNSENT = 4 * 2**20
"""Bytes that may wait for being sent."""

WRITTEN_AT_ONCE = 64 * 1024
"""Bytes that don't wait for the end of the loop's turn, so that the transport sees how much is unsent."""

CANT_SERVE = frozenset({"READONLY", "LOADING", "MASTERDOWN"})
"""Errors that another connection, perhaps to another Redis behind the same name, may mend."""

PING = b"*1\r\n$4\r\nPING\r\n"
UNDECIDED = object()

Pushed = Callable[[list[Any]], None]


class Refused(Unreachable):
    """Redis answered with an error, such as MISCONF (it can't save), OOM or READONLY."""


class NoScript(Refused):
    """Redis doesn't have the script (any more); nothing was done."""


def pack(*parts: str | bytes | int | float) -> bytes:
    packed: bytes = hiredis.pack_command(parts)  # type: ignore[arg-type]  # its stub means a tuple of any length
    return packed


class Connection(asyncio.Protocol):
    """One connection, from the first byte to the last."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        pushed: Pushed,
        refused: Callable[[str], None],
        ended: Callable[["Connection"], None],
    ) -> None:
        """`ended` is called once, before whoever waits for an answer hears of it."""
        self._loop = loop
        self._pushed = pushed
        self._uncared = refused
        self._ended = ended
        self._reader = hiredis.Reader(notEnoughData=UNDECIDED)
        self._transport: asyncio.WriteTransport
        self._pending: deque[asyncio.Future[Any] | None] = deque()
        self._sent = 0
        self._unwritten: list[bytes] = []
        """What this turn of the loop sends."""
        self._unwritten_bytes = 0
        self._full = False
        self.gone: str | None = None
        """Why the connection ended."""
        self._timer: asyncio.TimerHandle | None = None
        self._marks: deque[tuple[float, int]] = deque([(monotonic(), 0)], maxlen=round(ANSWER_SECONDS / TICK))
        """At each of the last ticks: when it was, and how many commands had been sent."""
        self.lost: asyncio.Future[None] = loop.create_future()
        """Done when the connection has ended."""
        self.silent_since: float | None = None
        """Since when an answer had been due, if that is why it ended."""

    def send(self, packed: bytes) -> "asyncio.Future[Any]":
        if self._full or len(self._pending) >= MOST_PENDING or self.gone is not None:
            raise Unreachable(self.gone or f"{len(self._pending)} commands wait for Redis already")
        answer = self._loop.create_future()
        self._pending.append(answer)
        self._sent += 1
        self._write(packed)
        return answer

    def cast(self, packed: bytes) -> bool:
        if self._full or len(self._pending) >= MOST_PENDING or self.gone is not None:
            return False
        self._pending.append(None)
        self._sent += 1
        self._write(packed)
        return True

    def push(self, packed: bytes) -> None:
        """Send what is answered by pushes alone (SUBSCRIBE)."""
        if self._full or self.gone is not None:
            raise Unreachable(self.gone or "too much waits for being sent to Redis already")
        self._write(packed)

    def _write(self, packed: bytes) -> None:
        """Write with what else this turn of the loop sends: a system call costs as much as eight deliveries, for it
        wakes Redis."""
        if not self._unwritten:
            self._loop.call_soon(self._flush)
        self._unwritten.append(packed)
        self._unwritten_bytes += len(packed)
        if self._unwritten_bytes >= WRITTEN_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if self.gone is None and self._unwritten:
            self._transport.write(b"".join(self._unwritten))
        self._unwritten.clear()
        self._unwritten_bytes = 0

    def abort(self, reason: str) -> None:
        if self.gone is None:
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
        if self.gone is not None:
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
        if code in CANT_SERVE:
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
        if self.gone is not None:
            return
        self.gone = reason
        if self._timer is not None:
            self._timer.cancel()
        self._ended(self)
        while self._pending:
            answer = self._pending.popleft()
            if answer is not None and not answer.done():
                answer.set_exception(Unreachable(reason))
        if not self.lost.done():
            self.lost.set_result(None)
