"""Redis decides the timelines; PostgreSQL does while processes can't reach it. Which one does is a row of the database
(sync.store.authority), and every move begins a new epoch, so no `seq` repeats or goes back.

- Who can't reach Redis for AWAY seconds moves the authority to PostgreSQL; the others are told, and follow.
- While PostgreSQL can't be reached either, the authority stays where it is.
- Back to Redis once it has answered every process for BACK seconds.
- A Redis that lost its memory begins a new epoch too.

After each of these (sync.store.switch) every process offers what it knows of its rooms (sync.store.offering), the
highest `seq` wins, and whoever listens is told that it may have missed something. Commands wait meanwhile.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import msgspec

from sync.store import (
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
from sync.store.kept import Kept
from sync.store.pairs import apart, encoded
from sync.store.postgres import PostgresStore
from sync.store.redis import RedisStore
from sync.store.switch import Switch
from sync.timeline import EPOCH, Timeline

PATIENCE = 4.0
"""Seconds that a command waits for a store that decides it."""

AGAIN = 0.05
"""Seconds between two attempts of a command."""

UNSENT = 1000
"""Messages kept while no store takes them; the oldest go first."""

T = TypeVar("T")
_encode = msgspec.json.Encoder().encode
logger = logging.getLogger(__name__)


class FailoverStore:
    def __init__(self, redis_url: str, conninfo: str, *, prefix: str = "wp:") -> None:
        """`conninfo` is PostgreSQL's as libpq takes it; `prefix` begins every key of Redis."""
        self._rooms: dict[str, Kept] = {}
        """Those that were entered."""
        self.switch = Switch(redis_url, conninfo, prefix=prefix, rooms=self._rooms, settled=self._tell_kept)
        self.now = self.switch.clock.now
        self._unsent: deque[Callable[[], None]] = deque(maxlen=UNSENT)
        self._dropped: set[tuple[str, str]] = set()
        """Participants whose records went while Redis could not be told."""

    @property
    def process(self) -> str:
        return self.switch.redis.process

    @property
    def epoch(self) -> int:
        return self.switch.known.epoch

    async def start(self, listener: Listener) -> None:
        await self.switch.start(listener)

    async def stop(self) -> None:
        await self.switch.stop()
        self._rooms.clear()

    async def enter(self, room: str) -> Held:
        kept = self._rooms.setdefault(room, Kept())
        held = await self._through(lambda store: store.enter(room))
        kept.took(held.timeline)
        return held

    async def open(self, room: str, timeline: Timeline, applied: list[Pair]) -> Timeline:
        held = await self._through(lambda store: store.open(room, timeline, applied))
        kept = self._rooms.setdefault(room, Kept())
        kept.took(held)
        kept.learn(encoded(applied))
        return held

    async def commit(self, room: str, *, expected: int, timeline: Timeline, entry: Entry) -> Outcome:
        told, switch = _encode(entry), self.switch
        if switch.decides and timeline.seq >= switch.known.epoch * EPOCH:
            # The path of every command: done at the first attempt, by the store that decides.
            try:
                outcome = await switch.leader.commit(room, expected=expected, timeline=timeline, entry=entry, told=told)
            except Unreachable as error:
                outcome = await self._commit_late(room, expected, timeline, entry, failed=error)
        else:
            outcome = await self._commit_late(room, expected, timeline, entry)
        if kept := self._rooms.get(room):
            if isinstance(outcome, Committed):
                kept.happened(timeline, told, monotonic())
            else:
                kept.took(outcome.held)
        return outcome

    async def _commit_late(
        self, room: str, expected: int, timeline: Timeline, entry: Entry, *, failed: Unreachable | None = None
    ) -> Outcome:
        """A commit that waits for a store that decides; `failed` is what became of a first attempt."""
        tried = 0 if failed is None else 1

        async def commit(store: RedisStore | PostgresStore) -> Outcome:
            nonlocal tried
            tried += 1
            if timeline.seq < self.epoch * EPOCH and (kept := self._rooms.get(room)) and kept.timeline:
                # Computed under a former authority, where another process may have used this seq.
                return Stale(kept.timeline)
            return await store.commit(room, expected=expected, timeline=timeline, entry=entry)

        outcome = await self._through(commit, room, failed=failed)
        if tried > 1 and isinstance(outcome, Repeated) and outcome.held == timeline:
            return Committed()  # the first time, and the answer was lost
        return outcome

    async def remember(self, room: str, pair: Pair) -> bool:
        noted = await self._through(lambda store: store.remember(room, pair), room)
        if kept := self._rooms.get(room):
            kept.remembered(pair, monotonic())
        return noted

    async def applied(self, room: str) -> str:
        """As the port says; while the store is away, those that this process knows of. Redis is asked only for those
        that came since the last time."""
        kept = self._rooms.get(room) or Kept()
        if self.switch.answers:
            try:
                return await self._told_of(room, kept)
            except Unreachable as error:
                logger.debug("The pairs of %s as they are known here: %s", room, error)
        return kept.pairs

    async def journal(self, room: str, after: int = 0) -> list[Entry]:
        """As the port says; while the store is away, those of the last seconds that this process knows of."""
        if self.switch.answers:
            try:
                return await self.switch.leader.journal(room, after)
            except Unreachable as error:
                logger.debug("The journal of %s as it is known here: %s", room, error)
        kept = self._rooms.get(room)
        return kept.recent(after) if kept else []

    def put(self, room: str, id: str, record: bytes) -> None:
        self._dropped.discard((room, id))
        self._tell(lambda: self.switch.leader.put(room, id, record))

    def drop(self, room: str, id: str) -> None:
        if not self.switch.answers or self.switch.known.name != "redis":
            self._dropped.add((room, id))
        self._tell(lambda: self.switch.leader.drop(room, id))

    def publish(self, room: str, message: bytes) -> None:
        self._tell(lambda: self.switch.leader.publish(room, message))

    async def processes(self) -> set[str]:
        return await self.switch.leader.processes()

    async def leave(self, room: str) -> None:
        self._rooms.pop(room, None)
        await self.switch.redis.leave(room)
        await self.switch.postgres.leave(room)

    async def forget(self, room: str) -> None:
        self._rooms.pop(room, None)
        await self._through(lambda store: store.forget(room))
        try:
            await self.switch.other.forget(room)
        except Unreachable as error:
            logger.info("Room %s is forgotten by one store only: %s", room, error)

    async def _told_of(self, room: str, kept: Kept) -> str:
        if self.switch.known.name == "postgres":
            kept.learn(apart(await self.switch.postgres.applied(room)))
        else:
            asked = monotonic()
            kept.take(await self.switch.redis.applied_after(room, kept.place), asked=asked)
        return kept.told_of

    async def _through(
        self,
        work: Callable[[RedisStore | PostgresStore], Awaitable[T]],
        opened: str | None = None,
        *,
        failed: Unreachable | None = None,
    ) -> T:
        """The answer of the store that has the authority, whichever that becomes meanwhile; Unreachable after PATIENCE.

        A store that doesn't know the room `opened` is told of it. `failed` is what became of a first attempt.
        """
        why, deadline = failed, 0.0
        while True:
            if why is None and self.switch.decides:
                try:
                    return await work(self.switch.leader)
                except Unreachable as error:
                    why = error
            if why is not None:
                self._react(why, opened)
            now = monotonic()
            deadline = deadline or now + PATIENCE
            if now >= deadline:
                raise why or Unreachable("No store decides at present.")
            why = None
            await asyncio.sleep(AGAIN)

    def _react(self, why: Unreachable, opened: str | None) -> None:
        """An attempt failed: have the switch do what the next one needs. Raises `why` if that would be in vain."""
        if isinstance(why, Unknown):
            kept = self._rooms.get(opened) if opened else None
            if kept is None or kept.timeline is None:
                raise why
            self.switch.lose()
        elif isinstance(why, Superseded):
            self.switch.look()

    def _tell(self, told: Callable[[], None]) -> None:
        if self.switch.answers:
            told()
        else:
            self._unsent.append(told)

    def _tell_kept(self) -> None:
        """What could not be told while no store decided."""
        if self.switch.known.name == "redis":
            for room, id in self._dropped:
                self.switch.redis.drop(room, id)
            self._dropped.clear()
        while self._unsent:
            self._unsent.popleft()()
