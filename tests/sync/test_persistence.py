"""What the database keeps of live rooms."""

import asyncio
import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError

from sync import commands, commits
from sync.archive import Saved
from sync.limits import Limits
from sync.live import Live
from sync.persistence import ROOMS_AT_ONCE, TURNS, DatabaseArchive, flush
from sync.protocol import Play, Seek
from sync.signals import journaled
from sync.store import Entry
from sync.store.memory import MemoryStore
from sync.timeline import EPOCH, Timeline
from tests.sync.alone import SETTINGS, NoItems

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_other_app_listens")]


def process(archive: DatabaseArchive | None = None) -> Live:
    """A server process that has just started."""
    archive = archive or DatabaseArchive()
    return Live(store=MemoryStore(archive.new_epoch), archive=archive, limits=Limits())


async def apply(live: Live, command: Any) -> commits.Applied:
    room = await live.open(SETTINGS, NoItems())
    return await commands.apply(room, command, items=NoItems(), role="host", user="alice", session="s")


async def test_it_works() -> None:
    first = process()
    await apply(first, Seek("a", 50.0))
    await flush(first)
    assert not first.dirty
    second = process()
    room = await second.open(SETTINGS, NoItems())
    assert room.timeline.position == 50.0
    assert room.timeline.seq // EPOCH == first.epoch + 1
    assert not (await apply(second, Seek("a", 70.0))).changed
    assert (await apply(second, Seek("b", 70.0))).changed


async def test_the_epoch_grows() -> None:
    archive = DatabaseArchive()
    epochs = [await archive.new_epoch() for _ in range(3)]
    assert epochs == sorted(set(epochs))


async def test_rooms_are_written_in_turns_each_in_one_of_them() -> None:
    """All at once they would be a tenth of a second in which every room's commands wait."""
    live = process()
    for number in range(50):
        room = await live.open(replace(SETTINGS, id=f"r{number}"), NoItems())
        await commands.apply(room, Seek("a", 50.0), items=NoItems(), role="host", user="alice", session="s")
    left = [len(live.dirty)]
    for turn in range(TURNS):
        assert await flush(live, turn)
        left.append(len(live.dirty))
    assert (left[0], left[-1]) == (50, 0)
    assert all(before > after for before, after in pairwise(left))


async def test_several_rooms_are_read_from_the_store_together_and_no_more() -> None:
    """One by one each would wait for the sockets' turns, and all at once would hold them up."""
    most = 0

    class Slow(MemoryStore):
        reading = 0

        async def applied(self, room: str) -> str:
            nonlocal most
            self.reading += 1
            most = max(most, self.reading)
            await asyncio.sleep(0)
            self.reading -= 1
            return await super().applied(room)

    archive = DatabaseArchive()
    live = Live(store=Slow(archive.new_epoch), archive=archive, limits=Limits())
    names = [f"r{number}" for number in range(2 * ROOMS_AT_ONCE + 1)]
    for name in names:
        room = await live.open(replace(SETTINGS, id=name), NoItems())
        await commands.apply(room, Seek("a", 50.0), items=NoItems(), role="host", user="alice", session="s")
    await flush(live)
    assert most == ROOMS_AT_ONCE
    saved = [await archive.load(name) for name in names]
    assert [one.timeline.position for one in saved if one] == [50.0] * len(names)


async def test_an_idle_room_that_is_opened_again_goes_on_where_it_was() -> None:
    live = process()
    held = (await apply(live, Seek("a", 50.0))).timeline
    await flush(live)
    await live.close(live.rooms["r"])
    assert (await live.open(SETTINGS, NoItems())).timeline == held
    assert not (await apply(live, Seek("a", 70.0))).changed


def crashed(position: float, *, ago: float) -> Saved:
    """A room that played when its server died, and was last heard `ago` seconds ago."""
    now = time.time()
    held = Timeline(seq=EPOCH + 5, position=position, state="playing", anchor=now - ago - 100, mark=EPOCH + 2)
    return Saved("r", held, "[]", now - ago)


async def test_a_room_that_nobody_came_back_to_is_paused_when_it_is_opened() -> None:
    live = process()
    await live.archive.save([crashed(50.0, ago=3600)], [])
    live.started -= 600
    room = await commands.enter(live, SETTINGS, NoItems())
    assert (room.timeline.state, round(room.timeline.position)) == ("paused", 150)


async def test_a_room_that_plays_on_after_a_restart_is_timed_before_anybody_is_in_it() -> None:
    live = process()
    await live.archive.save([crashed(50.0, ago=5)], [])
    room = await commands.enter(live, SETTINGS, NoItems())
    assert room.timeline.state == "playing"
    assert room.timer is not None
    assert room.timer.when() <= asyncio.get_running_loop().time() + live.limits.return_seconds + 0.1
    room.timer.cancel()


async def test_settings_that_were_read_before_a_change_do_not_undo_it() -> None:
    live = process()
    room = await live.open(SETTINGS, NoItems())
    live.background = asyncio.create_task(asyncio.sleep(10))
    room.configure(replace(SETTINGS, control="everyone"))
    assert (await live.open(SETTINGS, NoItems())).settings.control == "everyone"
    live.background.cancel()
    # Where no notices come, as in a management command, the caller's are the newest.
    live.background = None
    assert (await live.open(SETTINGS, NoItems())).settings.control == "host"


async def test_the_journal_is_told_once() -> None:
    told: list[tuple[str, Entry]] = []

    def listen(entries: list[tuple[str, Entry]], **_: Any) -> None:
        told.extend(entries)

    journaled.connect(listen)
    live = process()
    await apply(live, Seek("a", 50.0))
    await apply(live, Play("b"))
    await flush(live)
    await apply(live, Seek("c", 60.0))
    await flush(live)
    await flush(live)
    journaled.disconnect(listen)
    assert [(room, one.action, one.user, one.id) for room, one in told] == [
        ("r", "seek", "alice", "a"),
        ("r", "play", "alice", "b"),
        ("r", "seek", "alice", "c"),
    ]


@pytest.mark.parametrize("trouble", [DatabaseError, InterfaceError, ZeroDivisionError])
async def test_what_cannot_be_saved_now_is_saved_later(trouble: type[Exception]) -> None:
    class Failing(DatabaseArchive):
        fails = True

        async def save(self, rooms: list[Saved], journal: list[tuple[str, Entry]]) -> None:
            if self.fails:
                raise trouble("down")
            await super().save(rooms, journal)

    archive = Failing()
    live = process(archive)
    await apply(live, Seek("a", 50.0))
    await flush(live)
    assert live.dirty == {"r"}
    archive.fails = False
    await flush(live)
    assert not live.dirty
    saved = await archive.load("r")
    assert saved is not None
    assert saved.timeline.position == 50.0
    await archive.delete("r")
    assert await archive.load("r") is None


async def test_a_listener_that_fails_keeps_no_timeline_from_being_saved() -> None:
    fails = True

    def listen(entries: list[tuple[str, Entry]], **_: Any) -> None:
        if fails:
            raise ValueError("a bug in somebody else's app")

    journaled.connect(listen)
    live = process()
    await apply(live, Seek("a", 50.0))
    await flush(live)
    assert live.dirty == {"r"}
    fails = False
    await flush(live)
    journaled.disconnect(listen)
    assert not live.dirty


async def test_a_room_that_is_closed_while_rooms_are_being_saved_stays_deleted() -> None:
    class Closing(MemoryStore):
        async def applied(self, room: str) -> str:
            pairs = await super().applied(room)
            await live.close(live.rooms[room])
            await live.archive.delete(room)
            return pairs

    live = process()
    live.store = Closing(live.archive.new_epoch)
    await apply(live, Seek("a", 50.0))
    await flush(live)
    assert await live.archive.load("r") is None
