"""The work beside the sockets goes on whatever happens to it."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import InterfaceError

from sync import background, effects, notice_reader, notices
from sync.limits import Limits
from sync.live import Live
from sync.models import Notice
from sync.notice_reader import NoticeRows
from sync.room import Room
from sync.store.memory import MemoryStore
from tests.sync.alone import SETTINGS, Log, NoArchive, NoItems, join
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def live(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Live]:
    for pace in ("TICK", "FLUSH_EVERY", "RESTART_SECONDS"):
        monkeypatch.setattr(background, pace, 0.01)
    monkeypatch.setattr(notice_reader, "POLL_EVERY", 0.01)
    live = Live(store=MemoryStore(NoArchive().new_epoch), archive=NoArchive(), limits=Limits(heartbeat_timeout=0.2))
    await background.start(live, NoItems(), Log())
    yield live
    await background.stop(live)


async def test_heartbeats_are_watched_when_nothing_can_be_saved(live: Live) -> None:
    room = await live.open(SETTINGS, NoItems())
    await eventually(lambda: live.dirty)  # and NoArchive saves nothing
    _, socket = join(room, "alice")
    await eventually(lambda: socket.code == 4408)
    assert notices.listening
    await eventually(lambda: "r" in live.dirty)  # but while it is being tried


async def test_the_rooms_are_looked_at_in_parts(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """All in one go they would be milliseconds in which no socket has its turn."""
    looked: list[tuple[float, str]] = []

    async def look_after(live: Live, room: Room, now: float) -> None:
        looked.append((now, room.id))

    monkeypatch.setattr(background, "_look_after", look_after)
    ids = {f"r{number}" for number in range(30)}
    for id in ids:
        await live.open(replace(SETTINGS, id=id), NoItems())
    await eventually(lambda: {id for _, id in looked} == ids)
    assert max(Counter(now for now, _ in looked).values()) <= len(ids) / background.PARTS


async def test_no_notice_is_lost_or_taken_twice_when_reading_them_fails(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    async def take(live: Live, notice: dict[str, Any], items: Any) -> None:
        taken.append(notice["room_id"])

    look, troubles = NoticeRows.look, [InterfaceError("connection already closed"), RuntimeError("a bug")]

    def failing(rows: NoticeRows) -> list[tuple[int, dict[str, Any]]]:
        if len(taken) == 1 and troubles:
            raise troubles.pop()
        return look(rows)

    monkeypatch.setattr(effects, "take", take)
    monkeypatch.setattr(NoticeRows, "look", failing)
    await Notice.objects.acreate(notice={"kind": "queue_changed", "room_id": "one"})
    await eventually(lambda: taken)
    await Notice.objects.acreate(notice={"kind": "queue_changed", "room_id": "two"})
    await eventually(lambda: len(taken) > 1)
    assert taken == ["one", "two"]
    assert not troubles
