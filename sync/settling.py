"""What falls due by itself: time has come, or what the participants report calls for it.

Every process sets its own timers; the store's compare picks the winner.
"""

import asyncio
import logging
from time import monotonic

from sync import buffering, commits, timeline
from sync.buffering import Due
from sync.protocol import Cause
from sync.room import Room
from sync.store import Unreachable

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 1.0
"""How long changes that follow from each other are committed in one go."""

TELL_WAITING_EVERY = 0.25
"""Seconds between two timelines that differ in `waiting_for` alone."""

SOONEST = 0.001
"""Seconds until a room is looked at that is due already: what is to be called within half a millisecond, uvloop makes a
handle of that doesn't know when."""

AGAIN_SECONDS = 0.5
"""After how long what was due is tried again when the store could not be reached."""


async def settle(room: Room, *, by: str | None = None) -> None:
    """Commit what is due; `by` is the participant whose report or leaving called for a look."""
    async with room.lock:
        room.settling = False
        deadline, again = monotonic() + SETTLE_SECONDS, 0.0
        try:
            while room.is_open and is_timed(room) and await settle_once(room, by) and monotonic() < deadline:
                pass
        except Unreachable:
            logger.warning("What is due in room %s can't be committed now; trying again", room.id)
            again = AGAIN_SECONDS
        arm(room, after=again)


def soon(room: Room, *, by: str | None = None) -> None:
    """Have a look at what is due, without waiting for it: a store that is slow must not keep a socket waiting."""
    if is_timed(room) and not room.settling:
        room.settling = True
        room.live.spawn(settle(room, by=by))


def arm(room: Room, *, after: float = 0.0) -> None:
    """See to it that the room is looked at again when something falls due by itself; not before `after` seconds."""
    if not room.is_open or not is_timed(room):
        return
    now = room.now()
    wake = buffering.wake(room.timeline, room.readiness, room.rule)
    if room.timeline.state == "waiting":
        wake = _earlier(wake, max(room.waiting_told, now) + TELL_WAITING_EVERY)
    wake = _earlier(wake, room.abandon_at)
    if wake is None:
        return
    wake = max(wake, now + after)
    loop = asyncio.get_running_loop()
    if room.timer is not None and room.timer_loop is loop:
        if not room.timer.cancelled() and room.timer.when() <= loop.time() + wake - now:
            return
        room.timer.cancel()
    room.timer_loop = loop
    room.timer = loop.call_later(max(SOONEST, wake - now), _look, room)


def is_timed(room: Room) -> bool:
    """False where nothing falls due: the room is paused already, and not because all have gone."""
    return room.timeline.state != "paused" or room.abandon_at is not None


async def settle_once(room: Room, by: str | None = None) -> bool:
    """Commit the one change that is due; True if there was one, so that there may be another."""
    now = room.now()
    seq = timeline.successor(room.timeline.seq, room.live.epoch)
    if room.abandon_at is not None and now >= room.abandon_at and not room.participants:
        left = timeline.leave(room.timeline, seq=seq, heard=min(room.heard, now))
        if left is not None:
            await commits.uncommanded(room, left, Cause("left", by))
            return True
        room.abandon_at = None
    due = buffering.due(
        room.timeline,
        room.readiness,
        room.rule,
        seq=seq,
        now=now,
        lead=room.lead() if room.timeline.state == "waiting" else 0.0,
        returning=room.returning,
    )
    if due is None or _too_soon(room, due, now):
        return False
    cause = Cause(due.action, None if due.timed else due.by or by)
    await commits.uncommanded(room, due.timeline, cause, stopped=due.stopped_by, leaves_behind=due.leaves_behind)
    return True


def _too_soon(room: Room, due: Due, now: float) -> bool:
    """Changes of `waiting_for` alone are told four times a second at most."""
    names_only = room.timeline.state == "waiting" and due.timeline.state == "waiting"
    return names_only and now < room.waiting_told + TELL_WAITING_EVERY


def _earlier(one: float | None, other: float | None) -> float | None:
    return one if other is None else other if one is None else min(one, other)


def _look(room: Room) -> None:
    room.timer = None
    room.live.spawn(settle(room))
