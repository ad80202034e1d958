"""The store of processes that share a Redis: timelines, people and messages by one script call each."""

import logging
from contextlib import suppress
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
    Unknown,
    Unreachable,
)
from sync.store.address import Address
from sync.store.connection import PING, Connection, NoScript, pack
from sync.store.names import KEPT_MS, Names
from sync.store.pairs import Place, Told, joined
from sync.store.scripts import APPLIED, ENTER, OPEN, REMEMBER, TELL
from sync.store.standing import Authority, Standing
from sync.timeline import Timeline

logger = logging.getLogger(__name__)

RENEW_SECONDS = 3600.0
"""How often rooms in use are kept for another day."""

_encode = msgspec.json.Encoder().encode
_timeline = msgspec.json.Decoder(Timeline).decode
_entry = msgspec.json.Decoder(Entry).decode
_change = msgspec.json.Decoder(tuple[Timeline, Entry]).decode
_COMMITTED = Committed()


class RedisStore:
    """Beside the port: what a fail-over needs to know and to do (`leading`, `down_since`, `up_since`, `adopt`,
    `offer`, `applied_after`)."""

    def __init__(self, url: str, authority: Authority, *, prefix: str = "wp:", clock: RoomClock | None = None) -> None:
        """`prefix` begins every key and channel; `clock` may be shared with another store, one of them `leading`."""
        self.process = token_hex(8)
        clock = clock or RoomClock(monotonic)
        # Four times a command: bound once, not looked up through two objects.
        self.now = clock.now
        self._standing = Standing(Address.from_url(url), authority, prefix=prefix, process=self.process, clock=clock)
        self._prefix = prefix
        self._origin = self.process.encode()
        self._names: dict[str, Names] = {}
        self._heard: dict[bytes, str] = {}
        """The rooms that were entered, by their channels."""
        self._listener: Listener
        self._renewed = 0.0

    @property
    def epoch(self) -> int:
        assert self._standing.epoch is not None, "the store has not been started"
        return self._standing.epoch

    @property
    def leading(self) -> bool:
        """False while another store has the authority: then the clock isn't taken from Redis."""
        return self._standing.leading

    @leading.setter
    def leading(self, leads: bool) -> None:
        self._standing.leading = leads

    @property
    def down_since(self) -> float | None:
        """Since when (monotonic) Redis hasn't done what was asked of it; None while it does."""
        return self._standing.down_since

    @property
    def up_since(self) -> float | None:
        """Since when (monotonic) Redis does what is asked of it; None while it doesn't."""
        return self._standing.up_since

    async def adopt(self, epoch: int) -> None:
        """Let `epoch` hold, and the room clock run on under it. Foreign if Redis serves a higher one."""
        await self._standing.adopt(epoch)

    async def start(self, listener: Listener) -> None:
        """As the port says. If Redis doesn't answer in time this raises Unreachable, but it goes on trying until
        `stop`; the listener then hears `missed`."""
        if self._standing.connect(
            pushed=self._hear, prepare=self._resubscribe, missed=listener.missed, renew=self._renew
        ):
            self._listener = listener
            self._heard.clear()
        await self._standing.wait()

    async def stop(self) -> None:
        for room in list(self._names):
            await self.leave(room)
        await self._standing.disconnect()

    async def enter(self, room: str) -> Held:
        names = self._named(room)
        channel = names.channel.encode()
        entered = channel in self._heard
        self._heard[channel] = room
        try:
            self._standing.subscription.push(pack("SUBSCRIBE", channel))
            # Redis answers in order: with this the subscription stands.
            await self._standing.subscription.send(PING)
            epoch, processes = self._standing.keys
            keys = [epoch, names.room, names.people, names.here, processes]
            reply = await self._standing.commands.run(ENTER, keys, self.process, KEPT_MS, self._standing.epoch_text)
            timeline, people = self._standing.sound(reply)
        except BaseException:
            if not entered:
                self._heard.pop(channel, None)
            raise
        records = {id.decode(): record for id, record in zip(people[::2], people[1::2], strict=True)}
        return Held(None if timeline is None else _timeline(timeline), records)

    async def open(self, room: str, timeline: Timeline, applied: list[Pair]) -> Timeline:
        names = self._named(room)
        told = Entry(timeline.seq, self.now(), "resumed", None, None, None, timeline.position)
        reply = await self._standing.commands.run(
            OPEN,
            [self._standing.keys[0], names.room, names.pairs, names.here],
            *(self.process, names.channel, KEPT_MS, APPLIED_KEPT, self._standing.epoch_text),
            *(timeline.seq, _encode(timeline), _encode(told)),
            *[_encode(pair) for pair in applied[-APPLIED_KEPT:]],
        )
        return timeline if reply == 1 else _timeline(self._standing.sound(reply)[1])

    async def commit(
        self, room: str, *, expected: int, timeline: Timeline, entry: Entry, told: bytes | None = None
    ) -> Outcome:
        """As the port says; `told` is the entry as JSON, where that is known."""
        names = self._names.get(room) or self._named(room)
        standing = self._standing
        pair = entry.pair
        args = (
            standing.epoch_text,
            b"%d" % expected,
            b"%d" % timeline.seq,
            _encode(timeline),
            told or _encode(entry),
            b"" if pair is None else _encode(pair),
        )
        try:
            reply = await standing.commands.send(names.commit(*args))
        except NoScript:
            reply = await standing.commands.send(names.commit_whole(*args))
        if reply == 1:
            return _COMMITTED
        why, held = self._sound(reply)
        return Repeated(_timeline(held)) if why == b"repeated" else Stale(_timeline(held))

    async def remember(self, room: str, pair: Pair) -> bool:
        names = self._named(room)
        keys = [self._standing.keys[0], names.room, names.pairs]
        args = (KEPT_MS, APPLIED_KEPT, self._standing.epoch_text, _encode(pair))
        return bool(self._sound(await self._standing.commands.run(REMEMBER, keys, *args)) == 1)

    async def applied(self, room: str) -> str:
        return joined((await self.applied_after(room, None)).pairs)

    async def applied_after(self, room: str, known: Place | None) -> Told:
        """The pairs that came after the known one; all, where Redis may have lost the room since."""
        names, epoch = self._named(room), self._standing.epoch_text
        after = (known.pair, known.number) if known is not None and known.epoch == epoch else ("", "")
        reply = await self._standing.commands.run(APPLIED, [names.room, names.pairs], APPLIED_KEPT, *after)
        follow, number, *pairs = reply
        if not follow:
            known = None
        return Told(pairs, known, Place(epoch, pairs[-1], number) if pairs else known)

    async def journal(self, room: str, after: int = 0) -> list[Entry]:
        asked = pack("ZRANGE", self._named(room).journal, f"({after}", "+inf", "BYSCORE")
        return [_entry(entry) for entry in await self._standing.commands.send(asked)]

    async def offer(self, room: str, entries: list[Entry]) -> None:
        """Add to the journal what happened under another authority; entries that it has already change nothing."""
        if not entries:
            return
        journal = self._named(room).journal
        scored = [part for entry in entries[-JOURNAL_KEPT:] for part in (entry.seq, _encode(entry))]
        self._standing.commands.cast(pack("ZADD", journal, *scored))
        self._standing.commands.cast(pack("PEXPIRE", journal, KEPT_MS))
        await self._standing.commands.send(pack("ZREMRANGEBYRANK", journal, 0, -1 - JOURNAL_KEPT))

    def put(self, room: str, id: str, record: bytes) -> None:
        self._tell(room, "p", id, record)

    def drop(self, room: str, id: str) -> None:
        self._tell(room, "d", id, b"")

    def publish(self, room: str, message: bytes) -> None:
        self._tell(room, "m", "", message)

    async def processes(self) -> set[str]:
        return await self._standing.processes()

    async def leave(self, room: str) -> None:
        names = self._names.pop(room, None)
        if names is None:
            return
        self._heard.pop(names.channel.encode(), None)
        # Where Redis is down nothing of this is needed: a new connection has no subscription to this room.
        with suppress(Unreachable):
            self._standing.subscription.push(pack("UNSUBSCRIBE", names.channel))
        self._standing.commands.cast(pack("SREM", names.here, self.process))

    async def forget(self, room: str) -> None:
        names = self._named(room)
        await self.leave(room)
        await self._standing.commands.send(pack("DEL", *names.keys))

    def _named(self, room: str) -> Names:
        names = self._names.get(room)
        if names is None:
            names = self._names[room] = Names(self._prefix, room, self.process)
        return names

    def _tell(self, room: str, kind: str, id: str, told: bytes) -> None:
        names = self._named(room)
        packed = TELL.pack([names.people, names.here], self.process, names.channel, KEPT_MS, kind, id, told)
        if not self._standing.commands.cast(packed):
            self._standing.lost = True

    def _sound(self, reply: Any) -> Any:
        if type(reply) is list and reply[0] == b"absent":
            raise Unknown("Redis doesn't know this room")
        return self._standing.sound(reply)

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
            change = _change(body) if kind == b"c" else None
            head, _, rest = body.partition(b"\n")
            id = "" if change else head.decode()
        except (msgspec.MsgspecError, UnicodeDecodeError):
            kind = b""
        match kind:
            case b"c" if change is not None:
                self._listener.committed(room, *change)
            case b"m":
                self._listener.told(room, rest)
            case b"p" | b"d":
                self._listener.seen(room, id, rest if kind == b"p" else None)
            case _:
                logger.error("What came by the channel %s isn't ours: %r", channel, message[:100])

    async def _resubscribe(self, connection: Connection) -> None:
        if self._heard:
            connection.push(pack("SUBSCRIBE", *self._heard))
            await connection.send(PING)

    async def _renew(self) -> None:
        if monotonic() - self._renewed < RENEW_SECONDS:
            return
        self._renewed = monotonic()
        for names in list(self._names.values()):
            for key in names.keys[1:]:
                self._standing.commands.cast(pack("PEXPIRE", key, KEPT_MS))
            await self._standing.commands.send(pack("PEXPIRE", names.room, KEPT_MS))
