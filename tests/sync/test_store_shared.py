"""The contract of the stores that several processes share."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sync.store import Committed, Entry, Repeated, Stale, Store
from sync.timeline import EPOCH, Timeline
from tests.sync.listening import Heard
from tests.sync.stores import SHARED
from tests.waiting import eventually

FIRST = Timeline(seq=EPOCH + 1)
SECOND = Timeline(seq=EPOCH + 2, position=20.0)
ENTRY = Entry(EPOCH + 2, 1.0, "seek", "p1", "alice", "a", 20.0, "s")

Process = tuple[Store, Heard]


@pytest.fixture(params=SHARED, ids=lambda adapter: adapter.__name__)
async def new_process(request: pytest.FixtureRequest) -> AsyncIterator[Callable[[], Awaitable[Process]]]:
    """`await new_process()`: one more process' store, started, and what its listener hears."""
    make: Callable[[], Store] = request.param(request)
    made: list[Store] = []

    async def start() -> Process:
        store, heard = make(), Heard()
        made.append(store)
        await store.start(heard)
        return store, heard

    yield start
    for store in made:
        await store.stop()


@pytest.fixture
async def two(new_process: Callable[[], Awaitable[Process]]) -> tuple[Process, Process]:
    """Two processes that are in one room."""
    one, other = await new_process(), await new_process()
    await one[0].open("room", FIRST, [])
    await one[0].enter("room")
    await other[0].enter("room")
    return one, other


async def test_it_works(two: tuple[Process, Process]) -> None:
    (one, heard_by_one), (other, heard) = two
    assert await one.commit("room", expected=FIRST.seq, timeline=SECOND, entry=ENTRY) == Committed()
    await eventually(lambda: heard.told_of == [("room", SECOND, ENTRY)])
    assert (await other.enter("room")).timeline == SECOND
    assert await other.journal("room") == [ENTRY]
    other.publish("room", b"done")
    await eventually(lambda: heard_by_one.told_of == [("room", b"done")])


async def test_one_of_two_commits_wins(two: tuple[Process, Process]) -> None:
    (one, _), (other, _) = two
    third = Timeline(seq=EPOCH + 2, position=30.0)
    assert await one.commit("room", expected=FIRST.seq, timeline=SECOND, entry=ENTRY) == Committed()
    told = Entry(EPOCH + 2, 1.0, "seek", None, None, None, 30.0)
    assert await other.commit("room", expected=FIRST.seq, timeline=third, entry=told) == Stale(SECOND)


async def test_a_pair_takes_effect_once_whichever_process_it_comes_by(two: tuple[Process, Process]) -> None:
    (one, _), (other, _) = two
    await one.commit("room", expected=FIRST.seq, timeline=SECOND, entry=ENTRY)
    again = Entry(EPOCH + 3, 1.0, "seek", "p1", "alice", "a", 20.0, "s")
    changed = Timeline(seq=EPOCH + 3)
    assert await other.commit("room", expected=SECOND.seq, timeline=changed, entry=again) == Repeated(SECOND)
    assert await other.remember("room", ("s", "a")) is False


async def test_what_is_put_is_seen_in_order_and_by_who_comes_later(
    two: tuple[Process, Process], new_process: Callable[[], Awaitable[Process]]
) -> None:
    (one, _), (_, heard) = two
    record = bytes(range(256))  # whatever the bytes are
    one.put("room", "p1", b"first")
    one.put("room", "p1", record)
    one.put("room", "p2", b"there")
    one.drop("room", "p2")
    one.publish("room", b"line\nbreak")
    seen = [("room", "p1", b"first"), ("room", "p1", record), ("room", "p2", b"there"), ("room", "p2", None)]
    await eventually(lambda: heard.told_of == [*seen, ("room", b"line\nbreak")])
    late, _ = await new_process()
    assert (await late.enter("room")).people == {"p1": record}


async def test_ones_own_doings_do_not_come_back(two: tuple[Process, Process]) -> None:
    (one, heard_by_one), (other, _) = two
    await one.commit("room", expected=FIRST.seq, timeline=SECOND, entry=ENTRY)
    one.put("room", "p1", b"here")
    one.publish("room", b"mine")
    other.publish("room", b"yours")  # comes after all of that
    await eventually(lambda: bool(heard_by_one.told_of))
    assert heard_by_one.told_of == [("room", b"yours")]


async def test_rooms_are_apart(two: tuple[Process, Process]) -> None:
    (one, _), (_, heard) = two
    one.publish("another room", b"not for you")
    one.publish("room", b"for you")
    await eventually(lambda: bool(heard.told_of))
    assert heard.told_of == [("room", b"for you")]


async def test_who_has_left_hears_no_more(two: tuple[Process, Process]) -> None:
    (one, _), (other, heard) = two
    await other.enter("next room")
    await other.leave("room")
    one.publish("room", b"not for you")
    one.publish("next room", b"for you")
    await eventually(lambda: bool(heard.told_of))
    assert heard.told_of == [("next room", b"for you")]


async def test_who_comes_back_hears_again(two: tuple[Process, Process]) -> None:
    (one, _), (other, heard) = two
    await other.leave("room")
    assert (await other.enter("room")).timeline == FIRST
    await one.commit("room", expected=FIRST.seq, timeline=SECOND, entry=ENTRY)
    await eventually(lambda: heard.told_of == [("room", SECOND, ENTRY)])


async def test_a_process_that_has_not_entered_is_heard(
    two: tuple[Process, Process], new_process: Callable[[], Awaitable[Process]]
) -> None:
    (_, heard), (other, _) = two
    await other.leave("room")
    outside, _ = await new_process()
    assert await outside.commit("room", expected=FIRST.seq, timeline=SECOND, entry=ENTRY) == Committed()
    outside.publish("room", b"hello")
    await eventually(lambda: heard.told_of == [("room", SECOND, ENTRY), ("room", b"hello")])


async def test_a_newer_timeline_that_is_offered_is_told(two: tuple[Process, Process]) -> None:
    (one, _), (other, heard) = two
    await other.open("room", FIRST, [])
    assert await one.open("room", SECOND, [("s", "a")]) == SECOND
    await eventually(lambda: bool(heard.told_of))
    room, timeline, entry = heard.told_of[0]
    assert (room, timeline, entry.by) == ("room", SECOND, None)
    assert await other.remember("room", ("s", "a")) is False


async def test_who_is_alive(two: tuple[Process, Process]) -> None:
    (one, _), (other, _) = two
    assert await one.processes() == {one.process, other.process}
    await other.stop()
    assert await one.processes() == {one.process}


async def test_they_tell_the_same_time(two: tuple[Process, Process]) -> None:
    (one, _), (other, _) = two
    assert one.now() == pytest.approx(other.now(), abs=0.02)
