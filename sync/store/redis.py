"""The store of processes that share a Redis: timelines, people and messages by one script call each.

Keys, each with a prefix: `epoch` and `clock` (the shift of the room clock); `processes`, leases by when they end;
`room:{ID}` (seq, timeline), its `:journal` and `:pairs` (sorted by seq, and by when they came), `:people` and `:here`
(the processes that are in the room); the channel `told:ID`. A room that nobody uses is forgotten after a day.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from time import monotonic
from typing import Any

import msgspec

from sync.clock import RoomClock
from sync.store import (
    APPLIED_KEPT,
    JOURNAL_KEPT,
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
)
from sync.store.address import Address
from sync.store.link import PING, Connection, Link, NoScript, Refused, Script, pack
from sync.timeline import Timeline

logger = logging.getLogger(__name__)

Authority = Callable[[int | None], Awaitable[int]]
"""Given the epoch that Redis has (None if none: it is new, or lost its memory), the one that is to hold."""

BEAT_SECONDS = 1.0
"""How often a process renews its lease and looks at the clock and the epoch."""
LEASE_SECONDS = 6
FORGOTTEN_SECONDS = 60
"""How long after its lease a process still counts as in its rooms: at worst it is told in vain."""
START_SECONDS = 3.0
RETRY_SECONDS = 0.25
KEPT_MS = 24 * 3600 * 1000
RENEW_SECONDS = 3600.0
TIMES_ASKED = 5

_encode = msgspec.json.Encoder().encode
_timeline = msgspec.json.Decoder(Timeline).decode
_entry = msgspec.json.Decoder(Entry).decode
_pair = msgspec.json.Decoder(Pair).decode
_change = msgspec.json.Decoder(tuple[Timeline, Entry]).decode
_COMMITTED = Committed()
_HEADS = [b"\r\n$%d\r\n" % length for length in range(2048)]


def _script(name: str) -> Script:
    return Script((Path(__file__).parent / f"{name}.lua").read_text())


ADOPT, BEAT, COMMIT, ENTER = _script("adopt"), _script("beat"), _script("commit"), _script("enter")
OPEN, PROCESSES, REMEMBER = _script("open"), _script("processes"), _script("remember")
SHIFT, TELL = _script("shift"), _script("tell")
SCRIPTS = [ADOPT, BEAT, COMMIT, ENTER, OPEN, PROCESSES, REMEMBER, SHIFT, TELL]


class Foreign(Superseded):
    """Redis serves another epoch than this process thought; `epoch` is None if it serves none."""

    def __init__(self, epoch: int | None) -> None:
        super().__init__(f"Redis serves epoch {epoch}")
        self.epoch = epoch


class _Names:
    """What a room is called in Redis, and the part of its commits that is always the same."""

    __slots__ = ("channel", "commit_args", "commit_keys", "commit_start", "here", "journal", "pairs", "people", "room")

    def __init__(self, prefix: str, room: str, process: str) -> None:
        self.room = f"{prefix}room:{{{room}}}"
        self.journal, self.pairs = f"{self.room}:journal", f"{self.room}:pairs"
        self.people, self.here = f"{self.room}:people", f"{self.room}:here"
        self.channel = f"{prefix}told:{room}"
        self.commit_keys = [f"{prefix}epoch", self.room, self.journal, self.pairs, self.here]
        self.commit_args: list[str | int] = [process, self.channel, KEPT_MS, JOURNAL_KEPT, APPLIED_KEPT]
        # As many more arguments follow as commit.lua has after these.
        whole = COMMIT.pack(self.commit_keys, *self.commit_args, *[""] * 6)
        self.commit_start = whole.removesuffix(b"\r\n" + b"$0\r\n\r\n" * 6)

    @property
    def keys(self) -> list[str]:
        return [self.room, self.journal, self.pairs, self.people, self.here]


class RedisStore:
    def __init__(self, url: str, authority: Authority, *, prefix: str = "wp:", clock: RoomClock | None = None) -> None:
        """`clock` may be shared with another store, of which one at a time is `leading`."""
        self.process = token_hex(8)
        self.leading = True
        """False while another store has the authority: then the clock isn't taken from Redis."""
        self._address = Address.from_url(url)
        self._authority = authority
        self._prefix = prefix
        self._clock = clock or RoomClock(monotonic)
        # Four times a command: bound once, not looked up through two objects.
        self.now = self._clock.now
        self._epoch: int | None = None
        self._epoch_text = b""
        self._names: dict[str, _Names] = {}
        self._heard: dict[bytes, str] = {}
        """The rooms that were entered, by their channels."""
        self._origin = self.process.encode()
        self._epoch_key, self._clock_key = f"{prefix}epoch", f"{prefix}clock"
        self._processes_key = f"{prefix}processes"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener
        self._commands: Link
        self._subscription: Link
        self._minder: asyncio.Task[None]
        self._started: asyncio.Event
        self._wake: asyncio.Event
        self._lost = False
        """Something may have been missed, or not been told, since the listener was last told so."""
        self._refused_since: float | None = None
        self._taken_since = 0.0
        self._renewed = 0.0

    @property
    def epoch(self) -> int:
        assert self._epoch is not None, "the store has not been started"
        return self._epoch

    @property
    def down_since(self) -> float | None:
        """Since when (monotonic) Redis hasn't done what was asked of it; None while it does."""
        downs = [self._commands.down_since, self._subscription.down_since, self._refused_since]
        return min((since for since in downs if since is not None), default=None)

    @property
    def up_since(self) -> float | None:
        """Since when (monotonic) Redis does what is asked of it; None while it doesn't."""
        commands, subscription = self._commands.up_since, self._subscription.up_since
        if commands is None or subscription is None or self._refused_since is not None:
            return None
        return max(commands, subscription, self._taken_since)

    async def start(self, listener: Listener) -> None:
        """As the port says. If Redis doesn't answer in time, this raises Unreachable, but goes on trying until `stop`;
        the listener then hears `missed`."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._abandon()
            self._loop, self._listener = loop, listener
            self._started, self._wake = asyncio.Event(), asyncio.Event()
            name = f"watchparty-{self.process}"
            self._commands = Link(
                self._address, name=name, scripts=SCRIPTS, up=self._came_up, refused=self._was_refused
            )
            self._subscription = Link(
                self._address,
                name=f"{name}-told",
                up=self._came_up,
                pushed=self._hear,
                prepare=self._resubscribe,
            )
            self._commands.start()
            self._subscription.start()
            self._minder = loop.create_task(self._mind())
        if self._started.is_set():
            return
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._started.wait()
        except TimeoutError:
            self._lost = True
            raise Unreachable(f"Redis at {self._address} doesn't answer: {self._commands.reason}") from None

    async def stop(self) -> None:
        if self._loop is None:
            return
        self._minder.cancel()
        with suppress(asyncio.CancelledError):
            await self._minder
        with suppress(Unreachable):
            for names in self._names.values():
                self._commands.cast(pack("SREM", names.here, self.process))
            # The answer to the last command says that all before it have been carried out.
            await self._commands.send(pack("ZREM", self._processes_key, self.process))
        await self._commands.stop()
        await self._subscription.stop()
        self._loop = None
        self._names.clear()
        self._heard.clear()

    def _abandon(self) -> None:
        """The loop of before is no longer the one that the store is used from."""
        if self._loop is not None and not self._loop.is_closed():
            for task in (self._minder, self._commands.task, self._subscription.task):
                if task is not None:
                    self._loop.call_soon_threadsafe(task.cancel)
        self._heard.clear()

    # Rooms.

    async def enter(self, room: str) -> Held:
        names = self._named(room)
        channel = names.channel.encode()
        entered = channel in self._heard
        self._heard[channel] = room
        try:
            self._subscription.push(pack("SUBSCRIBE", channel))
            # Redis answers in order: with this the subscription stands.
            await self._subscription.send(PING)
            keys = [self._epoch_key, names.room, names.people, names.here, self._processes_key]
            reply = await self._commands.run(ENTER, keys, self.process, KEPT_MS, self._epoch_text)
            timeline, people = self._sound(reply)
        except BaseException:
            if not entered:
                self._heard.pop(channel, None)
            raise
        records = {id.decode(): record for id, record in zip(people[::2], people[1::2], strict=True)}
        return Held(None if timeline is None else _timeline(timeline), records)

    async def open(self, room: str, timeline: Timeline, applied: list[Pair]) -> Timeline:
        names = self._named(room)
        told = Entry(timeline.seq, self.now(), "resumed", None, None, None, timeline.position)
        reply = await self._commands.run(
            OPEN,
            [self._epoch_key, names.room, names.pairs, names.here],
            *(self.process, names.channel, KEPT_MS, APPLIED_KEPT, self._epoch_text),
            *(timeline.seq, _encode(timeline), _encode(told)),
            *[_encode(pair) for pair in applied[-APPLIED_KEPT:]],
        )
        return timeline if reply == 1 else _timeline(self._sound(reply)[1])

    async def commit(self, room: str, *, expected: int, timeline: Timeline, entry: Entry) -> Outcome:
        names = self._named(room)
        pair = entry.pair
        args = (
            self._epoch_text,
            b"%d" % expected,
            b"%d" % timeline.seq,
            _encode(timeline),
            _encode(entry),
            b"" if pair is None else _encode(pair),
        )
        parts = [names.commit_start]
        for arg in args:
            parts.append(_HEADS[len(arg)] if len(arg) < len(_HEADS) else b"\r\n$%d\r\n" % len(arg))
            parts.append(arg)
        parts.append(b"\r\n")
        try:
            reply = await self._commands.send(b"".join(parts))
        except NoScript:
            whole = COMMIT.pack(names.commit_keys, *names.commit_args, *args, whole=True)
            reply = await self._commands.send(whole)
        if reply == 1:
            return _COMMITTED
        why, held = self._sound(reply)
        return Repeated(_timeline(held)) if why == b"repeated" else Stale(_timeline(held))

    async def remember(self, room: str, pair: Pair) -> bool:
        names = self._named(room)
        keys = [self._epoch_key, names.room, names.pairs]
        reply = await self._commands.run(REMEMBER, keys, KEPT_MS, APPLIED_KEPT, self._epoch_text, _encode(pair))
        return bool(self._sound(reply) == 1)

    async def applied(self, room: str) -> list[Pair]:
        return [_pair(pair) for pair in await self._commands.send(pack("ZRANGE", self._named(room).pairs, 0, -1))]

    async def journal(self, room: str, after: int = 0) -> list[Entry]:
        asked = pack("ZRANGE", self._named(room).journal, f"({after}", "+inf", "BYSCORE")
        return [_entry(entry) for entry in await self._commands.send(asked)]

    async def offer(self, room: str, entries: list[Entry]) -> None:
        """Add to the journal what happened under another authority; entries that it has already change nothing."""
        if not entries:
            return
        names = self._named(room)
        scored = [part for entry in entries[-JOURNAL_KEPT:] for part in (entry.seq, _encode(entry))]
        self._commands.cast(pack("ZADD", names.journal, *scored))
        self._commands.cast(pack("PEXPIRE", names.journal, KEPT_MS))
        await self._commands.send(pack("ZREMRANGEBYRANK", names.journal, 0, -1 - JOURNAL_KEPT))

    def put(self, room: str, id: str, record: bytes) -> None:
        self._tell(room, "p", id, record)

    def drop(self, room: str, id: str) -> None:
        self._tell(room, "d", id, b"")

    def publish(self, room: str, message: bytes) -> None:
        self._tell(room, "m", "", message)

    async def processes(self) -> set[str]:
        alive = await self._commands.run(PROCESSES, [self._clock_key, self._processes_key])
        return {process.decode() for process in alive}

    async def leave(self, room: str) -> None:
        names = self._names.pop(room, None)
        if names is None:
            return
        self._heard.pop(names.channel.encode(), None)
        # Where Redis is down nothing of this is needed: a new connection has no subscription to this room.
        with suppress(Unreachable):
            self._subscription.push(pack("UNSUBSCRIBE", names.channel))
        self._commands.cast(pack("SREM", names.here, self.process))

    async def forget(self, room: str) -> None:
        names = self._named(room)
        await self.leave(room)
        await self._commands.send(pack("DEL", *names.keys))

    def _named(self, room: str) -> _Names:
        names = self._names.get(room)
        if names is None:
            names = self._names[room] = _Names(self._prefix, room, self.process)
        return names

    def _tell(self, room: str, kind: str, id: str, told: bytes) -> None:
        names = self._named(room)
        packed = TELL.pack([names.people, names.here], self.process, names.channel, KEPT_MS, kind, id, told)
        if not self._commands.cast(packed):
            self._lost = True

    def _sound(self, reply: Any) -> Any:
        """A script's reply, unless it says that Redis isn't what this process took it for."""
        if isinstance(reply, list) and reply and reply[0] == b"foreign":
            self._wake.set()
            raise Foreign(None if reply[1] is None else int(reply[1]))
        if isinstance(reply, list) and reply and reply[0] == b"absent":
            raise Unknown("Redis doesn't know this room")
        return reply

    # What others tell.

    def _hear(self, push: list[Any]) -> None:
        if push[0] != b"message":
            return
        _, channel, message = push
        if message.startswith(self._origin):
            return
        room = self._heard.get(channel)
        if room is None:
            return
        kind, body = message[16:17], message[17:]
        try:
            if kind == b"c":
                timeline, entry = _change(body)
                self._listener.committed(room, timeline, entry)
                return
            head, _, rest = body.partition(b"\n")
            id = head.decode()
        except (msgspec.MsgspecError, UnicodeDecodeError):
            logger.exception("What is on the channel %s isn't ours", channel)
            return
        if kind == b"m":
            self._listener.told(room, rest)
        else:
            self._listener.seen(room, id, rest if kind == b"p" else None)

    async def _resubscribe(self, connection: Connection) -> None:
        if self._heard:
            connection.push(pack("SUBSCRIBE", *self._heard))
            await connection.send(PING)

    # The epoch, the clock and the lease.

    async def adopt(self, epoch: int) -> None:
        """Let `epoch` hold, and the room clock run on under it. Foreign if Redis serves a higher one."""
        shift = f"{await self._shift():.6f}" if self._clock.known else ""
        held = await self._commands.run(ADOPT, [self._epoch_key, self._clock_key], epoch, shift)
        if int(held) != epoch:
            raise Foreign(int(held))
        self._epoch, self._epoch_text = epoch, b"%d" % epoch

    async def _shift(self) -> float:
        """How far the room clock is ahead of Redis' own."""
        best, shift = float("inf"), 0.0
        for _ in range(TIMES_ASKED):
            sent = self._clock.local()
            seconds, microseconds = await self._commands.send(pack("TIME"))
            received = self._clock.local()
            if received - sent < best:
                best = received - sent
                shift = self._clock.at((sent + received) / 2) - int(seconds) - int(microseconds) / 1e6
        return shift

    def _came_up(self) -> None:
        self._lost = True
        self._wake.set()

    def _was_refused(self, text: str) -> None:
        if not self._lost:
            logger.warning("Redis refused what was told to other processes: %s", text)
        self._lost = True

    async def _mind(self) -> None:
        while True:
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
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._wake.wait()
            self._wake.clear()

    async def _look(self) -> None:
        try:
            held = await self._beat()
        except Foreign as error:
            await self.adopt(await self._authority(error.epoch))
            self._lost = True
            held = await self._beat()
        if self._refused_since is not None:
            logger.info("Redis at %s refuses no more", self._address)
            self._refused_since, self._taken_since = None, monotonic()
        if not self._started.is_set():
            await self._settle()
            return
        if self._lost or not held:
            self._lost = True
            if self._subscription.is_up:
                self._lost = False
                self._listener.missed()
        await self._renew()

    async def _settle(self) -> None:
        while self.leading and not self._clock.settled:
            await self._beat()
        if self._subscription.is_up:
            self._started.set()

    async def _beat(self) -> bool:
        """Renew the lease and look at the clock; True if the lease had held until now."""
        sent = self._clock.local()
        keys = [self._epoch_key, self._clock_key, self._processes_key]
        reply = await self._commands.run(BEAT, keys, self.process, LEASE_SECONDS, FORGOTTEN_SECONDS, self._epoch_text)
        received = self._clock.local()
        seconds, microseconds, shift, held = self._sound(reply)
        if self.leading:
            told = int(seconds) + int(microseconds) / 1e6 + float(shift)
            if step := self._clock.sample(sent, received, told):
                logger.warning("Redis' clock was set by %+.3f s; the room clock runs on", step)
                await self._commands.run(SHIFT, [self._clock_key], shift, f"{float(shift) - step:.6f}")
                self._wake.set()
        return bool(held)

    async def _renew(self) -> None:
        """Rooms that are in use are kept."""
        if monotonic() - self._renewed < RENEW_SECONDS:
            return
        self._renewed = monotonic()
        for names in list(self._names.values()):
            for key in names.keys[1:]:
                self._commands.cast(pack("PEXPIRE", key, KEPT_MS))
            await self._commands.send(pack("PEXPIRE", names.room, KEPT_MS))
