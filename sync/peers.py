"""What the other processes do in the rooms that are open here, and what becomes of it when they die or are cut off."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection

import msgspec

from sync import chat, commits, participants, presence, protocol, relay, settling, upnext
from sync.live import Live
from sync.ports import Chat
from sync.protocol import Cause, Message
from sync.relay import Relayed
from sync.room import Room
from sync.store import Entry, Unreachable
from sync.timeline import Timeline

logger = logging.getLogger(__name__)

WATCH_EVERY = 2.0
"""Seconds between two looks at which processes are alive."""
MISSED_TWICE = 2
"""A process that was missing in so many looks is gone."""
SETTLED_SECONDS = 5.0
"""After a loss of the connection every process has told of its people within so many seconds."""


class Peers:
    """The store's listener for the rooms of `live`."""

    def __init__(self, live: Live, log: Chat) -> None:
        self._live = live
        self._log = log
        self._missing: Counter[str] = Counter()

    def committed(self, room: str, timeline: Timeline, entry: Entry) -> None:
        if here := self._live.rooms.get(room):
            commits.adopt(
                here,
                timeline,
                Cause(entry.action, entry.by, entry.id),
                stopped=None if entry.stopped is None else (entry.stopped, entry.at),
                leaves_behind=entry.leaves_behind,
            )
            settling.arm(here)

    def seen(self, room: str, id: str, record: bytes | None) -> None:
        here = self._live.rooms.get(room)
        if here is None:
            return
        try:
            told = None if record is None else participants.decode(record)
        except msgspec.DecodeError:
            logger.warning("Participant %s in room %s has a record that can't be read", id, room)
            return
        known = here.participants.get(id)
        skipped = known and known.skips
        if presence.seen(here, id, told):
            settling.soon(here, by=id)
        if told is not None and told.skips != skipped:
            upnext.voted(here)

    def told(self, room: str, message: bytes) -> None:
        here = self._live.rooms.get(room)
        if here is None:
            return
        try:
            relayed = relay.decode(message)
        except msgspec.DecodeError:
            logger.warning("Room %s was told something that can't be read", room)
            return
        if relayed.kind == "chat":
            self._chat(here, relayed)
        else:
            here.hub.publish(Message(relayed.payload), but=relayed.but)

    def _chat(self, room: Room, relayed: Relayed) -> None:
        if room.chat_seq is None or relayed.chat_seq <= room.chat_seq:
            return  # nobody here takes part in the chat, or it was filled in as somebody's gap
        message = Message(relayed.payload) if relayed.payload else None
        if message is not None and chat.is_next(room, relayed.chat_seq):
            chat.tell(room, relayed.chat_seq, message)
        else:
            self._live.spawn(self._fill(room, relayed.chat_seq, message))

    async def _fill(self, room: Room, chat_seq: int, message: Message | None) -> None:
        try:
            await chat.deliver(room, self._log, chat_seq, message)
        except Exception:
            # The next line finds the same gap, and tries to fill it again.
            logger.exception("Lines of chat in room %s could not be read", room.id)

    def missed(self) -> None:
        for room in list(self._live.rooms.values()):
            self._live.spawn(self._catch_up(room))

    async def _catch_up(self, room: Room) -> None:
        """Anything may have been missed: compare what is known here with what the store has, both ways."""
        known = set(room.participants)
        try:
            await self._compare(room)
            await self._read_chat(room)
            room.hub.publish(protocol.snapshot(room.snapshot(chat_seq=room.chat_seq or 0)))
            await asyncio.sleep(SETTLED_SECONDS)
            if room.is_open:
                # Who has not been told of since has left meanwhile.
                await self._compare(room, gone=known)
        except Unreachable:
            # Whoever brings the connection back says so, and this begins anew.
            logger.warning("Room %s could not be compared with the store", room.id)
        except Exception:
            # Whatever it is, it ends here: the other rooms are compared by tasks of their own.
            logger.exception("Room %s could not be brought up to date", room.id)

    async def _compare(self, room: Room, gone: Collection[str] = ()) -> None:
        store = self._live.store
        held = await store.enter(room.id)
        saved = await self._live.archive.load(room.id) if held.timeline is None else None
        ours = room.timeline
        theirs = await store.open(room.id, ours, saved.pairs if saved else [])
        if theirs.seq > ours.seq:
            commits.replace(room, theirs)
        for id, record in held.people.items():
            self.seen(room.id, id, record)
        for one in list(room.participants.values()):
            if one.connection is not None:
                presence.share(room, one)
            elif one.id in gone and one.id not in held.people:
                presence.leave(room, one)
        settling.soon(room)

    async def _read_chat(self, room: Room) -> None:
        """Lines that others wrote, or that they have not heard of from here."""
        if room.chat_seq is not None:
            last = await self._log.last(room_id=room.id)
            self._live.store.publish(room.id, relay.encode(Relayed("chat", chat_seq=last)))
            await chat.deliver(room, self._log, last, None)

    async def watch(self) -> None:
        """Take the people of processes that died offline."""
        while True:
            await asyncio.sleep(WATCH_EVERY)
            try:
                alive = await self._live.store.processes()
            except Unreachable:
                continue  # nobody can be told from the dead now
            self.bury(alive)

    def bury(self, alive: set[str]) -> None:
        own = self._live.store.process
        elsewhere = [
            (room, one)
            for room in self._live.rooms.values()
            for one in room.participants.values()
            if one.connected and one.connection is None
        ]
        homes = {one.home for _, one in elsewhere} - alive - {own}
        self._missing = Counter({home: self._missing[home] + 1 for home in homes})
        dead = {home for home, times in self._missing.items() if times >= MISSED_TWICE}
        for room, one in elsewhere:
            # What it changed last, it may not have saved.
            if one.home in dead:
                self._live.dirty.add(room.id)
                presence.lost(room, one)
                settling.soon(room, by=one.id)
