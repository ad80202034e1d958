"""Notices that a room's host has gone, and asks for somebody to stand in."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from sync.live import Live
from sync.room import Room

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0

StandIn = Callable[[str, list[str]], Awaitable[None]]
"""Room id and the users who are present, the longest first → one of them becomes host, if the room wants that."""


class Succession:
    """Watches the rooms of this process. Several processes may ask for the same room: it is settled where they ask."""

    def __init__(self, live: Live, stand_in: StandIn) -> None:
        self._live = live
        self._stand_in = stand_in
        self._hostless: dict[str, float] = {}
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for room in self.due(monotonic()):
                try:
                    await self._stand_in(room.id, present(room))
                except Exception:
                    # The other rooms' hosts have gone too; this one is looked at again.
                    logger.exception("Nobody could stand in for the host of room %s", room.id)

    def due(self, now: float) -> list[Room]:
        """Rooms with people here that no host has been in for long enough; each once in that time. `now`: monotonic."""
        without = {room.id: room for room in self._live.rooms.values() if _lacks_host(room)}
        self._hostless = {id: self._hostless.get(id, now) for id in without}
        due = [id for id, since in self._hostless.items() if now - since >= self._live.limits.host_gone_seconds]
        for id in due:
            self._hostless[id] = now
        return [without[id] for id in due]


def present(room: Room) -> list[str]:
    """The users who are connected, the longest first; guests can't be hosts."""
    here = [one for one in room.participants.values() if one.connected and one.role != "guest"]
    return list(dict.fromkeys(one.user for one in sorted(here, key=lambda one: (one.joined, one.id))))


def _lacks_host(room: Room) -> bool:
    if not room.settings.host_handover or not room.hub.connections:
        return False
    return not any(one.connected and one.role == "host" for one in room.participants.values())
