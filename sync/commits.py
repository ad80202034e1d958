"""How a change of a timeline comes to hold: the only writer of timelines.

The store decides; what is committed is encoded once and goes to the room's hub. `adopt` takes what another process has
committed. Called under the room's lock, all but `adopt` and `replace`, and followed by `settling.arm`.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

import msgspec

from sync import presence, protocol
from sync.protocol import Cause
from sync.room import Room
from sync.store import Committed, Entry, Repeated, Unknown
from sync.timeline import Timeline

EARLY_SECONDS, MOST_EARLY = 1.0, 100
"""How long news are held back for the store's answer to what was asked before, and how many of them."""

NEWS_SECONDS = 0.05
"""How long the news of another process' change may take once the store has said that there was one."""


class Applied(msgspec.Struct, frozen=True, gc=False):
    """The timeline after a command; `changed` is False if it was repeated, or changed nothing."""

    timeline: Timeline
    changed: bool


async def uncommanded(
    room: Room, changed: Timeline, cause: Cause, *, stopped: str | None = None, leaves_behind: bool = False
) -> bool:
    """Commit a change nobody commanded; False if another one came first, which then holds."""
    entry = Entry(
        changed.seq,
        room.now(),
        cause.action,
        cause.by,
        None,
        None,
        changed.position,
        stopped=stopped,
        leaves_behind=leaves_behind,
        item=played(changed, cause),
    )
    return await decide(room, changed, entry, cause) is not None


async def decide(room: Room, changed: Timeline, entry: Entry, cause: Cause) -> Applied | None:
    """Have the store decide on a change of what holds; None if another one came first, which then holds.

    The store's answer and the news of what other processes made of the change come by different connections: news that
    come first are held back, so that everybody is told of the changes in their order.
    """
    early: deque[Callable[[], None]] = deque()
    room.early = early
    try:
        outcome = await room.live.store.commit(room.id, expected=room.timeline.seq, timeline=changed, entry=entry)
        if isinstance(outcome, Committed):
            return _told(room, changed, entry, cause)
    except Unknown:
        outcome = None
    finally:
        _release(room, early)
    if outcome is None:
        await offer(room)
        return None
    await _overtaken(room, outcome.held)
    return Applied(room.timeline, changed=False) if isinstance(outcome, Repeated) else None


def adopt(room: Room, held: Timeline, cause: Cause, *, stopped: tuple[str, float] | None, leaves_behind: bool) -> None:
    """Another process has committed this. Told in its turn: after the change that the store is being asked for here,
    if that came before it."""
    if room.early is not None and len(room.early) < MOST_EARLY:
        if not room.early:
            asyncio.get_running_loop().call_later(EARLY_SECONDS, _release, room, room.early)
        room.early.append(partial(adopt, room, held, cause, stopped=stopped, leaves_behind=leaves_behind))
        return
    if room.early is not None:
        _release(room, room.early)
    if held.seq <= room.told:
        return
    if held.seq > room.timeline.seq:
        room.timeline = held
    if stopped is not None:
        presence.stopped(room, *stopped)
    if leaves_behind:
        presence.leave_behind(room, held.mark)
    _tell(room, held, cause)
    if room.news is not None and not room.news.done():
        room.news.set_result(None)


def replace(room: Room, held: Timeline) -> None:
    """This holds, and nobody heard how it came about: everybody gets a fresh snapshot."""
    if held.seq > room.timeline.seq:
        room.timeline, room.told = held, held.seq
        room.hub.publish(protocol.snapshot(room.snapshot(chat_seq=room.chat_seq or 0)))


async def offer(room: Room) -> None:
    """The store has lost the room: what holds here is put there again, unless somebody else was faster."""
    replace(room, await room.live.store.open(room.id, room.timeline, []))


def played(changed: Timeline, cause: Cause) -> str | None:
    """The movie that was started, if one was."""
    return changed.item if cause.action == "play" else None


def _told(room: Room, changed: Timeline, entry: Entry, cause: Cause) -> Applied:
    """What this process has committed is told here."""
    room.live.dirty.add(room.id)
    if entry.leaves_behind:
        presence.leave_behind(room, changed.mark)
    if entry.stopped is not None:
        presence.stopped(room, entry.stopped, entry.at)
    if changed.seq < room.timeline.seq:
        # The answer took so long that what followed has been told. Who asked gets an `ack`.
        return Applied(room.timeline, changed=False)
    room.timeline = changed
    _tell(room, changed, cause)
    return Applied(changed, changed=True)


def _release(room: Room, early: deque[Callable[[], None]]) -> None:
    """Take the news that were held back."""
    if room.early is early:
        room.early = None
    while early:
        early.popleft()()


async def _overtaken(room: Room, held: Timeline) -> None:
    """`held` came first. Its news says who is ready, and is told here, before anything is computed again."""
    loop = asyncio.get_running_loop()
    until = loop.time() + NEWS_SECONDS
    while room.told < held.seq and loop.time() < until:
        room.news = loop.create_future()
        await asyncio.wait([room.news], timeout=until - loop.time())
        room.news = None
    # Nobody may see it in a snapshot and be told afterwards of what came before it.
    replace(room, held)


def _tell(room: Room, held: Timeline, cause: Cause) -> None:
    room.told = held.seq
    if held.state == "waiting":
        room.waiting_told = room.now()
    else:
        room.returning = False
    if room.hub.connections:
        room.newest = protocol.timeline(held, cause)
        room.hub.publish(room.newest)
