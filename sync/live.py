"""The rooms that are open in this process: who takes part, and the timeline as it was last committed.

`Live` opens rooms (from the store, the archive, or anew); only `sync.commands` changes their timelines and only
`sync.presence` their participants.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import chain, islice
from time import monotonic
from typing import Any

from sync import clock, timeline
from sync.archive import Archive
from sync.buffering import Readiness, Rule
from sync.hub import Connection, Hub
from sync.limits import Limits
from sync.ports import Items, RoomSettings
from sync.protocol import Message, ParticipantView, RoomView, Snapshot, Speaker, timeline_keys
from sync.store import Entry, Store
from sync.timeline import Timeline
from watchparty.errors import NotFound

PARTICIPANTS_SHOWN = 200


@dataclass(slots=True, eq=False)
class Participant:
    """One session in a room."""

    id: str
    user: str
    name: str
    role: str
    sid: str | None
    readiness: Readiness = field(default_factory=Readiness)
    connection: Connection | None = None
    offline_since: float | None = None
    position: float = 0.0
    rtt: float | None = None
    drift: float | None = None
    down: float | None = None
    untold: bool = False
    """Its numbers changed since the room was last told."""

    @property
    def view(self) -> ParticipantView:
        connected = self.connection is not None
        state = self.readiness.state if connected else "offline"
        return ParticipantView(
            self.id, self.user, self.name, self.role, state, connected, self.position, self.rtt, self.drift
        )

    @property
    def speaker(self) -> Speaker:
        return Speaker(self.id, self.user, self.name)


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
        self.rule = rule(settings.buffering)
        self.timeline = held
        self.newest: Message | None = None
        self.hub = Hub()
        self.participants: dict[str, Participant] = {}
        self.readiness: dict[str, Readiness] = {}
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
        self.timer: asyncio.TimerHandle | None = None
        self.timer_loop: asyncio.AbstractEventLoop | None = None
        self.saved_seq = 0
        """The newest timeline that the archive is known to have."""

    @property
    def is_open(self) -> bool:
        return self.live.rooms.get(self.id) is self

    def lead(self) -> float:
        return clock.lead(one.down for one in self.participants.values() if one.connection is not None)

    def configure(self, settings: RoomSettings) -> None:
        self.settings = settings
        self.rule = rule(settings.buffering)

    @property
    def view(self) -> RoomView:
        return RoomView(self.settings.code, self.settings.name, self.settings.control, self.settings.buffering)

    def snapshot(self, *, chat_seq: int) -> Snapshot:
        """What holds now, with as many participants as are shown, the connected ones first."""
        everybody = self.participants.values()
        here = (one for one in everybody if one.connection is not None)
        offline = (one for one in everybody if one.connection is None)
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
        self.notice_row: int | None = None
        """The last notice that was taken from the database."""
        self._opening: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def epoch(self) -> int:
        return self.store.epoch

    # What other processes do: a server that is one process has no others.

    def committed(self, room: str, timeline: Timeline, entry: Entry) -> None:
        pass

    def seen(self, room: str, id: str, record: bytes | None) -> None:
        pass

    def told(self, room: str, message: bytes) -> None:
        pass

    def missed(self) -> None:
        pass

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
                    if self._has_closed(settings.id):
                        await self.store.leave(settings.id)
                        raise NotFound("This room has been closed.")
                    self.rooms[settings.id] = room
            self._opening.pop(settings.id, None)
        room.used = monotonic()
        if not self.background and room.settings != settings:
            room.configure(settings)
        return room

    def _has_closed(self, id: str) -> bool:
        """Whether a notice has just said so, after the caller found the room still open."""
        return any(notice["kind"] == "room_closed" and notice["room_id"] == id for _, notice in self.recent)

    async def _opened(self, settings: RoomSettings, items: Items) -> Room:
        await self.store.start(self)
        saved = await self.archive.load(settings.id)
        if saved is None:
            first = await items.first(room_id=settings.id)
            seq = timeline.successor(0, self.epoch)
            held = Timeline(seq=seq, anchor=self.store.now(), mark=seq)
            if first is not None:
                held = timeline.load(held, first.id, seq=seq, now=held.anchor, duration=first.duration) or held
            held = await self.store.open(settings.id, held, [])
            room = Room(self, settings, held, self.store.now())
            self.dirty.add(room.id)
            return room
        held = saved.timeline
        restarted = held.seq < timeline.successor(0, self.epoch)
        if restarted:
            held = timeline.restore(held, seq=timeline.successor(held.seq, self.epoch), now=self.store.now())
        if held.item is not None and held.duration is None:
            held = await self._measured(settings.id, held, items)
        held = await self.store.open(settings.id, held, saved.applied)
        room = Room(self, settings, held, saved.heard_at)
        if restarted:
            self.dirty.add(room.id)
            room.returning = held.state == "waiting"
        if held.state != "paused":
            returning = max(0.0, self.started + self.limits.return_seconds - monotonic())
            room.abandon_at = self.store.now() + returning
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

    async def close(self, room: Room) -> None:
        """Let go of an open room."""
        self.rooms.pop(room.id, None)
        self.dirty.discard(room.id)
        if room.timer is not None:
            room.timer.cancel()
        await self.store.leave(room.id)


def rule(buffering: dict[str, Any]) -> Rule:
    """The rule in a room's settings; what is missing has its default."""
    return Rule(
        policy=buffering.get("policy", "everyone"),
        grace=float(buffering.get("grace", 0.5)),
        timeout=float(buffering.get("timeout", 15)),
        percent=float(buffering.get("percent") or 100),
    )
