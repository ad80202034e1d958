"""What becomes of the queue's changes while the store or the database can't be reached."""

import asyncio
from typing import Any

import pytest
from django.db import OperationalError

from sync import effects, loading
from sync.limits import Limits
from sync.live import Live
from sync.ports import Item
from sync.room import Room
from sync.store import Outcome, Unreachable
from sync.store.memory import MemoryStore
from tests.sync.alone import SETTINGS, NoArchive, NoItems, join
from tests.waiting import eventually

QUEUE_CHANGED = {"kind": "queue_changed", "room_id": "r"}
KICKED = {"kind": "kicked", "room_id": "r", "user_id": "alice", "reason": "kicked"}


class Away(MemoryStore):
    """Can't be reached until `back`, which takes it some time to find out."""

    def __init__(self) -> None:
        super().__init__(NoArchive().new_epoch)
        self.back = asyncio.Event()
        self.asked = 0

    async def commit(self, room: str, **change: Any) -> Outcome:
        self.asked += 1
        if not self.back.is_set():
            await asyncio.sleep(0.01)
            raise Unreachable("away")
        return await super().commit(room, **change)


class Queue(NoItems):
    """One movie, which the database tells of at the second time of asking."""

    asked = 0

    async def first(self, *, room_id: str) -> Item | None:
        self.asked += 1
        if self.asked == 1:
            raise OperationalError("the connection is closed")
        return Item("movie", None)


@pytest.fixture
async def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(loading, "AGAIN_SECONDS", 0.01)
    return await Live(store=Away(), archive=NoArchive(), limits=Limits()).open(SETTINGS, NoItems())


async def take(room: Room, notice: dict[str, Any]) -> None:
    await effects.take(room.live, notice, Queue())


async def test_they_are_made_when_it_is_back_and_a_kick_does_not_wait(room: Room) -> None:
    store = room.live.store
    assert isinstance(store, Away)
    _, socket = join(room, "alice")
    await take(room, QUEUE_CHANGED)
    await eventually(lambda: store.asked > 1)
    await take(room, KICKED)
    assert socket.code == 4403
    assert room.timeline.item is None
    store.back.set()
    await eventually(lambda: room.timeline.item == "movie")
    store.back.clear()
    await take(room, {"kind": "item_changed", "room_id": "r", "item_id": "movie", "duration": 120.0})
    store.back.set()
    await eventually(lambda: room.timeline.duration == 120.0)


@pytest.mark.parametrize("closed", [False, True])
async def test_they_are_given_up(room: Room, monkeypatch: pytest.MonkeyPatch, closed: bool) -> None:
    """After a while, or when the room is closed."""
    if not closed:
        monkeypatch.setattr(loading, "TRY_SECONDS", 0.05)
    store = room.live.store
    assert isinstance(store, Away)
    await take(room, QUEUE_CHANGED)
    await eventually(lambda: store.asked > 1)
    if closed:
        await room.live.close(room)
    await eventually(lambda: not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()])
    assert room.timeline.item is None
