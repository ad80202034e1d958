"""What runs beside the sockets: heartbeats, rosters, notices from other processes, the write-behind.

Started by the first socket or by the server's lifespan, ended by the lifespan with a last flush.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine
from itertools import cycle
from time import monotonic
from typing import Any, ParamSpec

from sync import presence, settling, upnext
from sync.live import Live
from sync.notice_reader import NoticeReader
from sync.peers import Peers
from sync.persistence import TURNS, flush
from sync.ports import Chat, Items
from sync.room import Room
from sync.store import Unreachable

P = ParamSpec("P")
logger = logging.getLogger(__name__)

TICK = 0.2
PARTS = 10
"""A tick's rooms are looked at in so many parts: all in one go would be milliseconds in which every room waits."""
FLUSH_EVERY = 0.7
"""How often a room that has changed is written."""
HEARD_EVERY = 5.0
"""How often the archive is told that a playing room is still listened to."""
RESTART_SECONDS = 0.5
"""After how long a part that failed begins anew."""
END_SECONDS, SAVE_SECONDS, LEAVE_SECONDS = 0.5, 2.5, 1.5
"""What the steps of the stop may take at most. Together less than who supervises the process allows for."""

SWITCH_SECONDS = 0.0005
"""A thread that computes (a view, a query) lets go of the interpreter after this long. Python's 5 ms would be what
each event of the loop has to wait meanwhile."""


async def start(live: Live, items: Items, log: Chat) -> None:
    """Run in the background of this event loop, if nothing does yet."""
    loop = asyncio.get_running_loop()
    running = live.background
    if running is not None and not running.done() and running.get_loop() is loop:
        return
    sys.setswitchinterval(SWITCH_SECONDS)
    live.peers = peers = Peers(live, log)
    try:
        await live.store.start(live)
    except Unreachable:
        # Who comes is told to try again, and so does the store, until it can be reached.
        logger.exception("The store can't be reached; nobody can enter a room before it can")
    listening: asyncio.Future[None] = loop.create_future()
    live.background = loop.create_task(_run(live, items, peers, listening))
    await asyncio.wait({listening, live.background}, return_when=asyncio.FIRST_COMPLETED)
    if not listening.done():
        live.background.result()


async def stop(live: Live) -> None:
    """End the background work; what has not been saved is saved now. Takes some seconds where services are gone."""
    if live.background is not None:
        live.background.cancel()
        await _at_most(END_SECONDS, live.background, "The end of the background work")
        live.background = None
    for room in live.rooms.values():
        if room.hub.connections:
            room.heard = room.now()
        for one in list(room.participants.values()):
            if one.connection is not None:
                presence.went_offline(room, one, one.connection)
        if room.participants or room.saved_seq != room.timeline.seq:
            live.dirty.add(room.id)
    await _at_most(SAVE_SECONDS, flush(live), "Saving the timelines")
    await _at_most(LEAVE_SECONDS, _leave(live), "Leaving the store")


async def _leave(live: Live) -> None:
    for id in list(live.rooms):
        await live.store.leave(id)
    live.rooms.clear()
    live.peers = None
    await live.store.stop()


async def _at_most(seconds: float, step: Awaitable[object], what: str) -> None:
    """One step of the stop. Whatever it waits for may be gone for good, and the next one must have its turn."""
    task = asyncio.ensure_future(step)
    await asyncio.wait({task}, timeout=seconds)
    if not task.done():
        task.cancel()
        logger.error("%s was given up after %g s", what, seconds)
    elif not task.cancelled() and (error := task.exception()) is not None:
        logger.error("%s failed", what, exc_info=error)


async def _run(live: Live, items: Items, peers: Peers, listening: "asyncio.Future[None]") -> None:
    reader = NoticeReader(live, items)
    await reader.begin()
    async with asyncio.TaskGroup() as group:
        group.create_task(_lasting(reader.listen, listening))
        group.create_task(_lasting(reader.poll))
        group.create_task(_lasting(_tick, live, items))
        group.create_task(_lasting(peers.watch))
        group.create_task(_lasting(_write_behind, live))


async def _lasting(part: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **kwargs: P.kwargs) -> None:
    """Run one part for ever: heartbeats, kicks and saving must not end with the first error that nobody thought of."""
    while True:
        try:
            await part(*args, **kwargs)
        except Exception:
            if (task := asyncio.current_task()) and task.cancelling():
                # What it does at its end failed, in place of the cancellation.
                logger.warning("Background work failed as it ended: %s", part.__name__, exc_info=True)
                return
            logger.exception("Background work failed, and begins anew: %s", part.__name__)
        await asyncio.sleep(RESTART_SECONDS)


async def _tick(live: Live, items: Items) -> None:
    while True:
        rooms = list(live.rooms.values())
        parts = min(PARTS, len(rooms)) or 1
        for part in range(parts):
            await asyncio.sleep(TICK / parts)
            now = monotonic()
            for room in rooms[part::parts]:
                try:
                    if room.is_open:
                        await _look_after(live, room, now)
                    if room.is_open:
                        upnext.look(room, items)
                except Exception:
                    # The other rooms' heartbeats must go on.
                    logger.exception("Looking after room %s failed", room.id)


async def _look_after(live: Live, room: Room, now: float) -> None:
    limits = live.limits
    for one in list(room.participants.values()):
        connection = one.connection
        if connection is None:
            continue
        if connection.full_since is not None and now - connection.full_since > limits.full_seconds:
            connection.abort()
        silent = limits.away_timeout if one.readiness.state == "away" else limits.heartbeat_timeout
        if now - connection.heard > silent:
            connection.close(4408, "heartbeat")
            presence.went_offline(room, one, connection)
            settling.soon(room, by=one.id)
    for id in presence.expire(room):
        settling.soon(room, by=id)
    presence.tell_numbers(room, now)
    if room.hub.connections or not _others_care(room):
        room.used = now
    elif room.id not in live.dirty and now - room.used > limits.idle_seconds:
        await live.close(room)


def _others_care(room: Room) -> bool:
    """Whether the room needs nobody to look after it here: its people are elsewhere, or nothing can happen in it."""
    if room.participants:
        return any(one.connected for one in room.participants.values())
    return room.timeline.state == "paused"


async def _write_behind(live: Live) -> None:
    told = due = monotonic()
    for turn in cycle(range(TURNS)):
        due = max(due + FLUSH_EVERY / TURNS, monotonic())
        await asyncio.sleep(due - monotonic())
        if monotonic() - told > HEARD_EVERY:
            told = monotonic()
            live.dirty |= {
                room.id for room in live.rooms.values() if room.participants and room.timeline.state != "paused"
            }
        if not await flush(live, turn):
            await asyncio.sleep(FLUSH_EVERY)
