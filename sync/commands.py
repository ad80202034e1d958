"""Commands: the only writer of timelines.

`apply` takes the cached timeline through a pure transition to `store.commit`; what is committed is encoded once and
goes to the room's hub. `settle` does the same for what time and the participants' reports have made due. All of a
room's commits pass under its lock, one at a time; a stale one is computed again from what holds. `adopt` takes what
another process has committed.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic

import msgspec

from sync import buffering, presence, protocol, timeline
from sync.buffering import Due
from sync.live import Live, Room
from sync.participants import Participant
from sync.ports import Item, Items, RoomSettings
from sync.protocol import Cause, Command, Load, Pause, Play, Rate, Seek
from sync.store import Committed, Entry, Pair, Repeated, Superseded, Unknown, Unreachable
from sync.timeline import Timeline
from watchparty.errors import Conflict, Forbidden, NotFound, Unavailable

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
"""How long a stale command is computed again."""

TELL_WAITING_EVERY = 0.25
"""Seconds between two timelines that differ in `waiting_for` alone."""

EARLY_SECONDS, MOST_EARLY = 1.0, 100
"""How long news are held back for the store's answer to what was asked before, and how many of them."""

NEWS_SECONDS = 0.05
"""How long the news of another process' change may take once the store has said that there was one."""

SOONEST = 0.001
"""Seconds until a room is looked at that is due already: what is to be called within half a millisecond, uvloop makes a
handle of that doesn't know when."""

AGAIN_SECONDS = 0.5
"""After how long what was due is tried again when the store could not be reached."""

SETTLED_SECONDS, LOOK_SECONDS = 3.0, 0.05
"""How long who enters waits for the processes to agree on an epoch, and how often it is looked whether they have."""


class Applied(msgspec.Struct, frozen=True, gc=False):
    """The timeline after a command; `changed` is False if it was repeated, or changed nothing."""

    timeline: Timeline
    changed: bool


def may_control(role: str, control: str) -> bool:
    """Whether `role` may play, pause, seek, change the rate and load in a room with that `control`."""
    if control == "everyone":
        return True
    return role == "host" or (control == "moderators" and role == "moderator")


def may_grant(role: str, control: str) -> bool:
    """Whether `role` may let others control the room."""
    return role == "host" or (role == "moderator" and control != "host")


async def apply(
    room: Room,
    command: Command,
    *,
    items: Items,
    role: str,
    user: str,
    session: str,
    by: Participant | None = None,
    granted: bool = False,
    once: bool = True,
) -> Applied:
    """Carry out one command of `user`; `by` is null for who has no socket.

    `granted`: a host let them, whatever their role. `once`: the (session, id) pair takes effect once.
    Raises Forbidden, NotFound (no such item in the room's queue, or no such room any more), Conflict (others came first
    for a whole second) or Unavailable (the store is out of reach; the command may have taken effect).
    """
    if not granted and not may_control(role, room.settings.control):
        raise Forbidden(f"Only {room.settings.control} may control this room; you are {role}.")
    item = await items.get(room_id=room.id, item=command.item) if isinstance(command, Load) else None
    pair: Pair | None = (session, command.id) if once else None
    cause = Cause(type(command).__name__.lower(), by.id if by else None, command.id if once else None)
    deadline, epoch = 0.0, 0
    async with room.lock:
        try:
            while True:
                if not room.is_open:
                    raise NotFound("This room has been closed.")
                settled = _may_settle(room) and await _settle(room)
                if not settled and (applied := await _attempt(room, command, item, cause, user, pair)):
                    return applied
                # From an epoch's first answer on: a command may have waited for a fail-over before it.
                if epoch != room.live.epoch:
                    deadline, epoch = monotonic() + RETRY_SECONDS, room.live.epoch
                elif monotonic() > deadline:
                    raise Conflict("Others changed the room at the same time; look at its timeline and try again.")
        except Unreachable:
            raise Unavailable("The room's state can't be reached; try again.") from None
        finally:
            _arm(room)


async def enter(live: Live, settings: RoomSettings, items: Items) -> Room:
    """The open room, with what has fallen due while nobody looked, and timed from now on.

    Processes that start at once on an empty Redis need a moment to agree on an epoch: whoever comes meanwhile waits.
    Raises Unreachable, NotFound.
    """
    deadline = monotonic() + SETTLED_SECONDS
    while True:
        try:
            room = await live.open(settings, items)
            break
        except Superseded:
            if monotonic() > deadline:
                raise
        await asyncio.sleep(LOOK_SECONDS)
    await settle(room)
    return room


async def settle(room: Room, *, by: str | None = None) -> None:
    """Commit what is due; `by` is the participant whose report or leaving called for a look."""
    async with room.lock:
        room.settling = False
        deadline, again = monotonic() + RETRY_SECONDS, 0.0
        try:
            while room.is_open and _may_settle(room) and await _settle(room, by) and monotonic() < deadline:
                pass
        except Unreachable:
            logger.warning("What is due in room %s can't be committed now; trying again", room.id)
            again = AGAIN_SECONDS
        _arm(room, after=again)


def soon(room: Room, *, by: str | None = None) -> None:
    """Have a look at what is due, without waiting for it: a store that is slow must not keep a socket waiting."""
    if _may_settle(room) and not room.settling:
        room.settling = True
        room.live.spawn(settle(room, by=by))


def replace(room: Room, held: Timeline) -> None:
    """This holds, and nobody heard how it came about: everybody gets a fresh snapshot."""
    if held.seq > room.timeline.seq:
        room.timeline, room.told = held, held.seq
        room.hub.publish(protocol.snapshot(room.snapshot(chat_seq=room.chat_seq or 0)))
        _arm(room)


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
    _arm(room)


async def item_measured(room: Room, item: str, duration: float) -> None:
    """A movie's duration became known."""
    async with room.lock:
        if room.is_open and room.timeline.item == item:
            seq = timeline.successor(room.timeline.seq, room.live.epoch)
            if changed := timeline.measured(room.timeline, duration, seq=seq, now=room.now()):
                await _commit(room, changed, Cause("load"))
        _arm(room)


async def load_first(room: Room, items: Items) -> None:
    """The playlist of a room with nothing loaded got its first movie: load it."""
    if room.timeline.item is not None or (first := await items.first(room_id=room.id)) is None:
        return
    async with room.lock:
        if room.is_open and room.timeline.item is None and room.timeline.state == "paused":
            seq = timeline.successor(room.timeline.seq, room.live.epoch)
            if changed := timeline.load(room.timeline, first.id, seq=seq, now=room.now(), duration=first.duration):
                await _commit(room, changed, Cause("load"))
        _arm(room)


async def load_next(room: Room, item: Item, *, after: str, play: bool) -> None:
    """The movie after `after` is up: load it unless somebody was faster, and start it once everybody is ready for it.

    Raises Unreachable.
    """
    async with room.lock:
        try:
            if not room.is_open or room.timeline.item != after:
                return
            now, seq = room.now(), timeline.successor(room.timeline.seq, room.live.epoch)
            loaded = timeline.load(room.timeline, item.id, seq=seq, now=now, duration=item.duration)
            if loaded is None or not await _commit(room, loaded, Cause("load")) or not play:
                return
            if room.timeline is not loaded:
                return  # somebody was quick to do something else
            seq = timeline.successor(loaded.seq, room.live.epoch)
            missing = buffering.outstanding(room.readiness, room.rule, loaded.mark)
            started = timeline.play(loaded, seq=seq, now=room.now(), lead=room.lead(), waiting_for=missing)
            if started is None:
                return
            plays = started.state == "playing"
            await _commit(room, started, Cause("play"), leaves_behind=plays)
        finally:
            _arm(room)


async def _attempt(
    room: Room, command: Command, item: Item | None, cause: Cause, user: str, pair: Pair | None
) -> Applied | None:
    """Compute and commit a command once; None if another change came first."""
    now = room.now()
    seq = timeline.successor(room.timeline.seq, room.live.epoch)
    changed = _transition(room, command, item, seq=seq, now=now)
    if changed is None:
        if pair is not None:
            try:
                await room.live.store.remember(room.id, pair)
            except Unknown:
                await _offer(room)
                return None
        return Applied(room.timeline, changed=False)
    started = isinstance(command, Play) and changed.state == "playing"
    session = pair[0] if pair else None
    entry = Entry(
        seq,
        now,
        cause.action,
        cause.by,
        user,
        cause.id,
        changed.position,
        session,
        leaves_behind=started,
        item=_played(changed, cause),
    )
    return await _decided(room, changed, entry, cause)


def _transition(room: Room, command: Command, item: Item | None, *, seq: int, now: float) -> Timeline | None:
    held = room.timeline
    match command:
        case Play():
            missing = [] if command.force else buffering.outstanding(room.readiness, room.rule, held.mark)
            return timeline.play(held, seq=seq, now=now, lead=room.lead(), waiting_for=missing, force=command.force)
        case Pause():
            return timeline.pause(held, seq=seq, now=now, at=command.at)
        case Seek():
            missing = buffering.outstanding(room.readiness, room.rule, seq)
            return timeline.seek(held, command.position, seq=seq, now=now, lead=room.lead(), waiting_for=missing)
        case Rate():
            return timeline.change_rate(held, command.rate, seq=seq, now=now)
        case Load():
            assert item is not None
            if command.after is not None and command.after != held.item:
                return None
            return timeline.load(held, item.id, seq=seq, now=now, duration=item.duration)


def _may_settle(room: Room) -> bool:
    """False where nothing falls due: the room is paused already, and not because all have gone."""
    return room.timeline.state != "paused" or room.abandon_at is not None


async def _settle(room: Room, by: str | None = None) -> bool:
    """Commit the one change that is due; True if there was one, so that there may be another."""
    now = room.now()
    seq = timeline.successor(room.timeline.seq, room.live.epoch)
    if room.abandon_at is not None and now >= room.abandon_at and not room.participants:
        left = timeline.leave(room.timeline, seq=seq, heard=min(room.heard, now))
        if left is not None:
            await _commit(room, left, Cause("left", by))
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
    await _commit(room, due.timeline, cause, stopped=due.stopped_by, leaves_behind=due.leaves_behind)
    return True


def _too_soon(room: Room, due: Due, now: float) -> bool:
    """Changes of `waiting_for` alone are told four times a second at most."""
    names_only = room.timeline.state == "waiting" and due.timeline.state == "waiting"
    return names_only and now < room.waiting_told + TELL_WAITING_EVERY


async def _commit(
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
        item=_played(changed, cause),
    )
    return await _decided(room, changed, entry, cause) is not None


async def _decided(room: Room, changed: Timeline, entry: Entry, cause: Cause) -> Applied | None:
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
        await _offer(room)
        return None
    await _overtaken(room, outcome.held)
    return Applied(room.timeline, changed=False) if isinstance(outcome, Repeated) else None


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


def _played(changed: Timeline, cause: Cause) -> str | None:
    return changed.item if cause.action == "play" else None


async def _offer(room: Room) -> None:
    """The store has lost the room: what holds here is put there again, unless somebody else was faster."""
    replace(room, await room.live.store.open(room.id, room.timeline, []))


async def _overtaken(room: Room, held: Timeline) -> None:
    """`held` came first. Its news says who is ready, and is told here, before anything is computed again."""
    if room.told < held.seq:
        room.news = asyncio.get_running_loop().create_future()
        await asyncio.wait([room.news], timeout=NEWS_SECONDS)
        room.news = None
    if held.seq > room.timeline.seq:
        room.timeline = held


def _tell(room: Room, held: Timeline, cause: Cause) -> None:
    room.told = held.seq
    if held.state == "waiting":
        room.waiting_told = room.now()
    else:
        room.returning = False
    if room.hub.connections:
        room.newest = protocol.timeline(held, cause)
        room.hub.publish(room.newest)


def _arm(room: Room, *, after: float = 0.0) -> None:
    """See to it that the room is looked at again when something falls due by itself; not before `after` seconds."""
    if not room.is_open or not _may_settle(room):
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


def _earlier(one: float | None, other: float | None) -> float | None:
    return one if other is None else other if one is None else min(one, other)


def _look(room: Room) -> None:
    room.timer = None
    room.live.spawn(settle(room))
