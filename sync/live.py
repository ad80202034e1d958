"""The rooms that are open in this process: who takes part, in all processes, and the timeline as it was last heard of.

`Live` opens rooms (from the store, the archive, or anew); only `sync.commits` changes their timelines and only
`sync.presence` their participants. What other processes do comes to `sync.peers`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from time import monotonic
from typing import Any

from sync import clock, timeline
from sync.archive import Archive, Saved
from sync.buffering import Crowd, Rule
from sync.hub import Hub
from sync.limits import Limits
from sync.participants import Participant
from sync.ports import Items, RoomSettings
from sync.protocol import Message, RoomView, Snapshot, timeline_keys
from sync.store import Entry, Held, Listener, Store
from sync.timeline import Timeline
from watchparty.errors import NotFound

PARTICIPANTS_SHOWN = 200
NEXT_IN = 5.0
"""Seconds from the end of a movie to the next one."""


@dataclass(slots=True)
class Roster:
    """What a large room has not been told yet."""

    joined: dict[str, Participant] = field(default_factory=dict)
    changed: dict[str, Participant] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)


class Room:
    """One open room."""

    def __init__(self, live: "Live", settings: RoomSettings, held: Timeline, heard: float) -> None:
        self.live = live
        self.now = live.store.now
        self.id = settings.id
        self.settings = settings
        self.rule = rule(settings)
        self.timeline = held
        self.told = held.seq
        """The newest timeline that the sockets here were told of."""
        self.news: asyncio.Future[None] | None = None
        """Done when `told` grows: somebody waits to hear of a change that another process made."""
        self.early: deque[Callable[[], None]] | None = None
        """News of other processes that wait for the store's answer to this one; None while it isn't asked."""
        self.newest: Message | None = None
        self.hub = Hub()
        self.participants: dict[str, Participant] = {}
        self.readiness = Crowd()
        self.by_user: dict[str, dict[str, Participant]] = {}
        self.untold: dict[str, Participant] = {}
        """Whose numbers changed since the room was last told."""
        self.lock = asyncio.Lock()
        self.heard = heard
        self.used = monotonic()
        self.abandon_at: float | None = None
        """When the room is paused if nobody has come (back) by then."""
        self.returning = False
        self.waiting_told = 0.0
        self.chat_seq: int | None = None
        self.chat_lock = asyncio.Lock()
        self.roster = Roster()
        self.told_numbers = 0.0
        self.voting = False
        """Somebody has voted to skip a movie."""
        self.moving_on = False
        """The next movie is being looked for (`sync.upnext`)."""
        self.ended_at: float | None = None
        """The `next_at` at which there was no next movie."""
        self.settling = False
        """A `settling.settle` is about to begin."""
        self.timer: asyncio.TimerHandle | None = None
        self.timer_loop: asyncio.AbstractEventLoop | None = None
        self.saved_seq = 0
        """The newest timeline that the archive is known to have."""
        self._longest: float | None = None
        self._longest_known = True

    @property
    def is_open(self) -> bool:
        return self.live.rooms.get(self.id) is self

    def add(self, one: Participant) -> None:
        self.participants[one.id] = one
        self.readiness[one.id] = one.readiness
        self.readiness.note(one.id)
        self.by_user.setdefault(one.user, {})[one.id] = one

    def remove(self, one: Participant) -> None:
        del self.participants[one.id], self.readiness[one.id]
        self.readiness.note(one.id)
        theirs = self.by_user[one.user]
        del theirs[one.id]
        if not theirs:
            del self.by_user[one.user]
        self.untold.pop(one.id, None)
        self.hub.connections.pop(one.id, None)

    def lead(self) -> float:
        """Seconds from now to a scheduled start. Everybody is asked only where the longest way may be shorter now."""
        if not self._longest_known:
            downs = (one.down for one in self.participants.values() if one.connected)
            self._longest = max((down for down in downs if down is not None), default=None)
            self._longest_known = True
        return clock.lead([self._longest])

    def way(self, before: float | None, after: float | None) -> None:
        """The way to a participant changed, or counts (no longer). In ms; None where it is unknown or doesn't count."""
        if after is not None and (self._longest is None or after >= self._longest):
            self._longest, self._longest_known = after, True
        elif before is not None and before == self._longest:
            self._longest_known = False

    def configure(self, settings: RoomSettings) -> None:
        self.settings = settings
        self.rule = rule(settings)

    @property
    def view(self) -> RoomView:
        told = self.settings
        return RoomView(
            told.code, told.name, told.control, told.buffering, told.auto_next, told.skip_votes, told.slow_mode
        )

    def snapshot(self, *, chat_seq: int) -> Snapshot:
        """What holds now, with as many participants as are shown, the connected ones first."""
        everybody = self.participants.values()
        here = (one for one in everybody if one.connected)
        offline = (one for one in everybody if not one.connected)
        shown = [one.view for one in islice(chain(here, offline), PARTICIPANTS_SHOWN)]
        return Snapshot(self.view, timeline_keys(self.timeline), shown, len(everybody), self.now(), chat_seq)


class Live:
    """The open rooms of this process, and what they share."""

    def __init__(self, *, store: Store, archive: Archive, limits: Limits) -> None:
        self.store = store
        self.archive = archive
        self.limits = limits
        self.started = monotonic()
        self.rooms: dict[str, Room] = {}
        self.dirty: set[str] = set()
        """Ids of rooms with a timeline that the archive doesn't have yet."""
        self.background: asyncio.Task[None] | None = None
        """The running `sync.background`, which writes behind and watches heartbeats."""
        self.recent: deque[tuple[float, dict[str, Any]]] = deque()
        """Notices of the last seconds, for who is being admitted while one comes."""
        self.peers: Listener | None = None
        """Who hears of what other processes do; set by `sync.background`."""
        self._early: dict[str, list[Callable[[], None]]] = {}
        """What was heard of rooms that are being opened."""
        self._opening: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def epoch(self) -> int:
        return self.store.epoch

    @property
    def returns_until(self) -> float:
        """Until when clients may still be on their way back from a restart of this process (room clock)."""
        return self.store.now() + self.started + self.limits.return_seconds - monotonic()

    # What other processes do, as the store's listener

    def committed(self, room: str, timeline: Timeline, entry: Entry) -> None:
        if self.peers is not None and not self._is_early(room, partial(self.committed, room, timeline, entry)):
            self.peers.committed(room, timeline, entry)

    def seen(self, room: str, id: str, record: bytes | None) -> None:
        if self.peers is not None and not self._is_early(room, partial(self.seen, room, id, record)):
            self.peers.seen(room, id, record)

    def told(self, room: str, message: bytes) -> None:
        if self.peers is not None and not self._is_early(room, partial(self.told, room, message)):
            self.peers.told(room, message)

    def missed(self) -> None:
        if self.peers is not None:
            self.peers.missed()

    def _is_early(self, room: str, again: Callable[[], None]) -> bool:
        """Whether the room is only being opened; it is told `again` when it is open."""
        if room in self._early and room not in self.rooms:
            self._early[room].append(again)
            return True
        return False

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run `work` on its own, held on to until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def open(self, settings: RoomSettings, items: Items) -> Room:
        """The room, opened if need be; NotFound if it has just been closed.

        An open one keeps its settings where notices change them: the caller may have read `settings` before.
        """
        room = self.rooms.get(settings.id)
        if room is None:
            lock = self._opening.setdefault(settings.id, asyncio.Lock())
            async with lock:
                room = self.rooms.get(settings.id)
                if room is None:
                    room = await self._opened(settings, items)
            self._opening.pop(settings.id, None)
        elif self.peers is None and (held := (await self.store.enter(settings.id)).timeline):
            room.timeline = max(held, room.timeline, key=lambda one: one.seq)
        room.used = monotonic()
        if not self.background and room.settings != settings:
            room.configure(settings)
        return room

    def _has_closed(self, id: str) -> bool:
        """Whether a notice has just said so, after the caller found the room still open."""
        return any(notice["kind"] == "room_closed" and notice["room_id"] == id for _, notice in self.recent)

    async def _opened(self, settings: RoomSettings, items: Items) -> Room:
        await self.store.start(self)
        heard: list[Callable[[], None]] = []
        self._early[settings.id] = heard
        try:
            known = await self.store.enter(settings.id)
            room = await self._read(settings, items, known)
        finally:
            del self._early[settings.id]
        if self._has_closed(settings.id):
            await self.store.forget(settings.id)
            raise NotFound("This room has been closed.")
        self.rooms[settings.id] = room
        for id, record in known.people.items():
            self.seen(settings.id, id, record)
        for again in heard:
            again()
        return room

    async def _read(self, settings: RoomSettings, items: Items, known: Held) -> Room:
        """The room as the store or the archive has it, whichever is newer; or anew."""
        saved = await self.archive.load(settings.id)
        if known.timeline is not None and (saved is None or saved.timeline.seq <= known.timeline.seq):
            room = Room(self, settings, known.timeline, saved.heard_at if saved else self.store.now())
        elif saved is None:
            room = await self._first(settings, items)
        else:
            room = await self._restored(settings, items, saved)
        if saved is not None:
            room.saved_seq = saved.timeline.seq
        if room.timeline.state != "paused" and known.timeline is None and not known.people:
            room.abandon_at = max(self.store.now(), self.returns_until)
        return room

    async def _first(self, settings: RoomSettings, items: Items) -> Room:
        first = await items.first(room_id=settings.id)
        seq = timeline.successor(0, self.epoch)
        held = Timeline(seq=seq, anchor=self.store.now(), mark=seq)
        if first is not None:
            held = timeline.load(held, first.id, seq=seq, now=held.anchor, duration=first.duration) or held
        room = Room(self, settings, await self.store.open(settings.id, held, []), self.store.now())
        self.dirty.add(room.id)
        return room

    async def _restored(self, settings: RoomSettings, items: Items, saved: Saved) -> Room:
        held = saved.timeline
        restarted = held.seq < timeline.successor(0, self.epoch)
        if restarted:
            held = timeline.restore(held, seq=timeline.successor(held.seq, self.epoch), now=self.store.now())
        if held.item is not None and held.duration is None:
            held = await self._measured(settings.id, held, items)
        room = Room(self, settings, await self.store.open(settings.id, held, saved.applied), saved.heard_at)
        if restarted:
            self.dirty.add(room.id)
            room.returning = room.timeline.state == "waiting"
        return room

    async def _measured(self, room: str, held: Timeline, items: Items) -> Timeline:
        """The restored timeline with its movie's duration, if that has become known meanwhile."""
        assert held.item is not None
        try:
            item = await items.get(room_id=room, item=held.item)
        except NotFound:
            return held
        if item.duration is None:
            return held
        seq = timeline.successor(held.seq, self.epoch)
        return timeline.measured(held, item.duration, seq=seq, now=self.store.now()) or held

    async def close(self, room: Room, *, for_good: bool = False) -> None:
        """Let go of an open room; `for_good` if there is no such room any more."""
        self.rooms.pop(room.id, None)
        self.dirty.discard(room.id)
        if room.timer is not None:
            room.timer.cancel()
        if for_good:
            await self.store.forget(room.id)
        else:
            await self.store.leave(room.id)


def rule(settings: RoomSettings) -> Rule:
    """The rule in a room's settings; what is missing has its default."""
    buffering = settings.buffering
    return Rule(
        policy=buffering.get("policy", "everyone"),
        grace=float(buffering.get("grace", 0.5)),
        timeout=float(buffering.get("timeout", 15)),
        percent=float(buffering.get("percent") or 100),
        next_in=NEXT_IN if settings.auto_next else None,
    )
