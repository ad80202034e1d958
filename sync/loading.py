"""Movies that are loaded, measured or started without a command, for their queue has changed or the last one ended."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sync import buffering, commits, settling, timeline
from sync.insistence import Attempt, insist
from sync.ports import Item, Items
from sync.protocol import Cause
from sync.room import Room

TRY_SECONDS, AGAIN_SECONDS = 30.0, 0.5
"""How long a change is tried while the store or the database can't be reached, and the pause between two attempts."""


def soon(room: Room, change: Attempt) -> None:
    """Make the change, without waiting for it: the notice after this one may kick somebody."""
    what = f"A change of the queue of room {room.id}"
    room.live.spawn(insist(what, change, wanted=lambda: room.is_open, again=AGAIN_SECONDS, seconds=TRY_SECONDS))


@asynccontextmanager
async def _changing(room: Room) -> AsyncIterator[None]:
    """One commit at a time, and timed again after it."""
    async with room.lock:
        try:
            yield
        finally:
            settling.arm(room)


async def item_measured(room: Room, item: str, duration: float) -> None:
    """A movie's duration became known. Raises Unreachable."""
    async with _changing(room):
        if room.is_open and room.timeline.item == item:
            seq = timeline.successor(room.timeline.seq, room.live.epoch)
            if changed := timeline.measured(room.timeline, duration, seq=seq, now=room.now()):
                await commits.uncommanded(room, changed, Cause("load"))


async def load_first(room: Room, items: Items) -> None:
    """The playlist of a room with nothing loaded got its first movie: load it. Raises Unreachable, as `items` does."""
    if room.timeline.item is not None or (first := await items.first(room_id=room.id)) is None:
        return
    async with _changing(room):
        if room.is_open and room.timeline.item is None and room.timeline.state == "paused":
            seq = timeline.successor(room.timeline.seq, room.live.epoch)
            if changed := timeline.load(room.timeline, first.id, seq=seq, now=room.now(), duration=first.duration):
                await commits.uncommanded(room, changed, Cause("load"))


async def load_next(room: Room, item: Item, *, after: str, play: bool) -> None:
    """The movie after `after` is up: load it unless somebody was faster, and start it once everybody is ready for it.

    Raises Unreachable.
    """
    async with _changing(room):
        if not room.is_open or room.timeline.item != after:
            return
        now, seq = room.now(), timeline.successor(room.timeline.seq, room.live.epoch)
        loaded = timeline.load(room.timeline, item.id, seq=seq, now=now, duration=item.duration)
        if loaded is None or not await commits.uncommanded(room, loaded, Cause("load")) or not play:
            return
        if room.timeline is not loaded:
            return  # somebody was quick to do something else
        seq = timeline.successor(loaded.seq, room.live.epoch)
        missing = buffering.outstanding(room.readiness, room.rule, loaded.mark)
        started = timeline.play(loaded, seq=seq, now=room.now(), lead=room.lead(), waiting_for=missing)
        if started is None:
            return
        await commits.uncommanded(room, started, Cause("play"), leaves_behind=started.state == "playing")
