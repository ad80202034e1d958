"""Commands: `apply` takes the cached timeline through a pure transition to the store.

All of a room's commits (`sync.commits`) pass under its lock, one at a time; a stale one is computed again from what
holds. What nobody commands comes about in `sync.settling` and `sync.loading`.
"""

import asyncio
from time import monotonic

from sync import buffering, commits, settling, timeline
from sync.commits import Applied
from sync.live import Live
from sync.participants import Participant
from sync.ports import Item, Items, RoomSettings
from sync.protocol import Cause, Command, Load, Pause, Play, Rate, Seek
from sync.room import Room
from sync.store import Entry, Pair, Superseded, Unknown, Unreachable
from sync.timeline import Timeline
from watchparty.errors import Conflict, Forbidden, NotFound, Unavailable

RETRY_SECONDS = 1.0
"""How long a stale command is computed again."""

SETTLED_SECONDS, LOOK_SECONDS = 3.0, 0.05
"""How long who enters waits for the processes to agree on an epoch, and how often it is looked whether they have."""


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
                settled = settling.is_timed(room) and await settling.settle_once(room)
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
            settling.arm(room)


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
    await settling.settle(room)
    return room


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
                await commits.offer(room)
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
        item=commits.played(changed, cause),
    )
    return await commits.decide(room, changed, entry, cause)


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
