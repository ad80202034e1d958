"""What a process does once another store decides, or one that lost its memory: it offers what it knows of its rooms.

The highest `seq` wins. Until the others have offered theirs too, no command passes.
"""

import asyncio
import logging
from time import monotonic

from sync.store import Held, Unreachable, authority
from sync.store.authority import Authority
from sync.store.kept import Kept
from sync.store.pairs import apart, decoded
from sync.store.postgres import PostgresStore
from sync.store.redis import RedisStore

OTHERS_OFFER = 0.6
"""Seconds that the other processes have for their offers before commands pass again. They know each other's changes but
those of the last moment."""

OTHERS_CONNECT = 1.5
"""The same where Redis has lost its memory: the others may still wait for their next attempt to connect."""

LOOK_EVERY = 0.05
"""Seconds between two looks whether the others have."""

AT_ONCE = 16
"""Rooms that are offered at the same time."""

logger = logging.getLogger(__name__)


class Offering:
    def __init__(self, redis: RedisStore, postgres: PostgresStore, rooms: dict[str, Kept]) -> None:
        self.came_from: authority.Name = "memory"
        """Whose the authority was before."""
        self._redis = redis
        self._postgres = postgres
        self._rooms = rooms
        self._offered = 0
        """The epoch whose store has been offered what was known here."""

    async def offer_all(self, known: Authority) -> None:
        """Have the store that has the authority now know all that is known here. Raises Unreachable."""
        await self._adopt(known)
        rooms = list(self._rooms.items())
        for start in range(0, len(rooms), AT_ONCE):
            await asyncio.gather(*(self._offer(known, room, kept) for room, kept in rooms[start : start + AT_ONCE]))
        if self.came_from != "postgres" and self._offered != known.epoch:
            await self._others_offer(known, wait=bool(rooms))
        self.came_from, self._offered = known.name, known.epoch

    async def _adopt(self, known: Authority) -> None:
        await self._postgres.standing.adopt(known)
        if known.name == "redis":
            await self._redis.adopt(known.epoch)
        elif self._redis.down_since is None:
            # Who has not heard of the move, but reaches Redis, finds its epoch over.
            try:
                await self._redis.adopt(known.epoch)
            except Unreachable as error:
                logger.info("Redis was not told of epoch %d: %s", known.epoch, error)

    async def _offer(self, known: Authority, room: str, kept: Kept) -> None:
        leader = self._postgres if known.name == "postgres" else self._redis
        entries = kept.recent()
        if self.came_from == "postgres" and leader is self._redis:
            # What others committed there last may not have been heard here.
            kept.took((await self._postgres.enter(room)).timeline)
            kept.learn(apart(await self._postgres.applied(room)))
            entries = await self._postgres.journal(room)
        held = await leader.enter(room)
        if kept.timeline is not None:
            held = Held(await leader.open(room, kept.timeline, decoded(kept.pairs)))
            kept.place = None  # old pairs may have come after it there
            await leader.offer(room, entries)
        kept.took(held.timeline)

    async def _others_offer(self, known: Authority, *, wait: bool) -> None:
        """Whoever committed last before Redis went may be the only one who knows of it."""
        seconds = OTHERS_OFFER if known.name == "postgres" else OTHERS_CONNECT
        deadline = monotonic() + seconds
        # A look may take long itself, and whoever commands meanwhile waits with us.
        for _ in range(round(seconds / LOOK_EVERY)):
            if not await self._postgres.standing.has_offered() or not wait or monotonic() > deadline:
                return
            await asyncio.sleep(LOOK_EVERY)
