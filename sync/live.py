"""The rooms that are open in this process. `Live` opens them: from the store, the archive, or anew."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from time import monotonic
from typing import Any

from sync import timeline
from sync.archive import Archive, Saved
from sync.limits import Limits
from sync.pace import Pace
from sync.ports import Items, RoomSettings
from sync.room import Room
from sync.store import Entry, Held, Listener, Store
from sync.timeline import Timeline
from watchparty.errors import NotFound


class Live:
    """The open rooms of this process, and what they share."""

    def __init__(self, *, store: Store, archive: Archive, limits: Limits) -> None:
        self.store = store
        self.archive = archive
        self.limits = limits
        self.pace = Pace()
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
        room = Room(self, settings, await self.store.open(settings.id, held, saved.pairs), saved.heard_at)
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
