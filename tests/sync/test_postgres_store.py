"""What the PostgreSQL store promises beyond the contract of all stores: processes, servers that fail, the clock."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import psycopg
import pytest

from scripts.native import Postgres
from sync.store import (
    Committed,
    Entry,
    Held,
    Outcome,
    Stale,
    Store,
    Superseded,
    Unreachable,
    authority,
    postgres_standing,
)
from sync.store.pairs import decoded
from sync.store.postgres import PostgresStore
from sync.store.postgres_link import PING, TIMEOUT
from sync.timeline import EPOCH, Timeline
from tests.sync.listening import Heard
from tests.waiting import eventually

FIRST = Timeline(seq=EPOCH + 1)


class Process:
    """A server process: its store, and what it hears."""

    def __init__(self, url: str, name: str) -> None:
        self.heard = Heard()
        self.store = PostgresStore(url, process=name)

    async def start(self) -> "Process":
        await self.store.start(self.heard)
        return self


@pytest.fixture
async def processes(empty_database: str) -> AsyncIterator[tuple[Process, Process]]:
    one, two = await Process(empty_database, "one").start(), await Process(empty_database, "two").start()
    await one.store.open("room", FIRST, [])
    await one.store.enter("room")
    await two.store.enter("room")
    yield one, two
    await one.store.stop()
    await two.store.stop()


def at(n: int) -> Timeline:
    return Timeline(seq=EPOCH + n, position=float(n))


def entry(n: int, id: str | None = None) -> Entry:
    return Entry(EPOCH + n, 1.0, "seek", "p", "alice", id, float(n), None if id is None else "s", leaves_behind=True)


async def commit(store: Store, n: int, *, expected: int, id: str | None = None) -> Outcome:
    return await store.commit("room", expected=EPOCH + expected, timeline=at(n), entry=entry(n, id))


async def test_it_works(processes: tuple[Process, Process]):
    one, two = processes
    assert await commit(one.store, 2, expected=1, id="a") == Committed()
    assert await commit(one.store, 3, expected=2) == Committed()
    await eventually(lambda: len(two.heard.told_of) == 2)
    assert two.heard.told_of == [("room", at(2), entry(2, "a")), ("room", at(3), entry(3))]
    assert one.heard.told_of == []
    assert await commit(two.store, 4, expected=3) == Committed()
    await eventually(lambda: one.heard.told_of)


async def test_messages_arrive_in_order_whatever_their_length(processes: tuple[Process, Process]):
    one, two = processes
    messages = [b"short", b"long " * 4000, b"\x00\xff", b"l" * 5000, b"l" * 5001, b"last"]
    for message in messages:
        one.store.publish("room", message)
    await eventually(lambda: len(two.heard.told_of) == len(messages))
    assert two.heard.told_of == [("room", message) for message in messages]
    assert one.heard.told_of == []


async def test_records_are_seen_and_read_by_who_comes_later(processes: tuple[Process, Process]):
    one, two = processes
    one.store.put("room", "alice", b'{"n":1}')
    one.store.put("room", "bob", b"long " * 4000)
    await eventually(lambda: len(two.heard.told_of) == 2)
    assert two.heard.told_of == [("room", "alice", b'{"n":1}'), ("room", "bob", b"long " * 4000)]
    one.store.put("room", "alice", b'{"n":2}')
    one.store.drop("room", "bob")
    await eventually(lambda: len(two.heard.told_of) == 4)
    assert two.heard.told_of[-1] == ("room", "bob", None)
    assert await two.store.enter("room") == Held(FIRST, {"alice": b'{"n":2}'})


async def test_who_left_hears_no_more(processes: tuple[Process, Process]):
    one, two = processes
    await two.store.leave("room")
    await two.store.enter("other")
    one.store.publish("room", b"not for two")
    one.store.publish("other", b"for two")
    await eventually(lambda: two.heard.told_of)
    assert two.heard.told_of == [("other", b"for two")]


async def test_of_two_that_commit_at_once_one_comes_first(processes: tuple[Process, Process]):
    one, two = processes
    for n in range(2, 22):
        outcomes = await asyncio.gather(commit(one.store, n, expected=n - 1), commit(two.store, n, expected=n - 1))
        assert sorted(map(str, outcomes)) == [str(Committed()), str(Stale(at(n)))]


async def test_under_a_foreign_epoch_nothing_happens(processes: tuple[Process, Process]):
    one, two = processes
    assert await two.store.standing.move(epoch=two.store.epoch, to="redis", shift=0.0)
    assert not await one.store.standing.move(epoch=one.store.epoch, to="redis", shift=0.0)
    with pytest.raises(Superseded):
        await commit(one.store, 2, expected=1)
    with pytest.raises(Superseded):
        await one.store.remember("room", ("s", "a"))
    with pytest.raises(Superseded):
        await one.store.open("room", at(2), [])
    assert (await one.store.enter("room")).timeline == FIRST


async def test_what_was_acknowledged_was_there_when_the_authority_moved(processes: tuple[Process, Process]):
    """A commit that overlaps with the move either comes before it, for all to see, or is refused."""
    one, two = processes

    async def commit_until_refused() -> int:
        n = 2
        while True:
            try:
                assert await commit(one.store, n, expected=n - 1) == Committed()
            except Superseded:
                return n - 1
            n += 1

    committing = asyncio.create_task(commit_until_refused())
    await asyncio.sleep(0.1)
    assert await two.store.standing.move(epoch=two.store.epoch, to="redis", shift=0.0)
    seen = (await two.store.enter("room")).timeline
    assert seen == at(await committing)
    assert seen != FIRST


async def test_a_timeline_is_moved_back_by_nobody(processes: tuple[Process, Process]):
    one, two = processes
    await commit(one.store, 5, expected=1)
    assert await two.store.open("room", at(4), [("s", "late")]) == at(5)
    assert await two.store.open("room", at(6), []) == at(6)
    assert decoded(await one.store.applied("room")) == [("s", "late")]
    await eventually(lambda: one.heard.told_of)
    ((_, timeline, entry),) = one.heard.told_of
    assert (timeline, entry.action, entry.by) == (at(6), "resumed", None)


async def test_what_happened_under_another_authority_is_offered_once(processes: tuple[Process, Process]):
    one, two = processes
    assert await commit(one.store, 3, expected=1, id="c") == Committed()
    await one.store.offer("room", [entry(2, "b"), entry(3, "c")])
    await two.store.offer("room", [entry(2, "b")])
    assert await two.store.journal("room") == [entry(2, "b"), entry(3, "c")]
    assert not await two.store.remember("room", ("s", "b"))


async def test_pairs_that_were_archived_under_another_authority_count(empty_database: str):
    with psycopg.connect(empty_database) as connection:
        connection.execute(
            "INSERT INTO sync_timeline (room, seq, timeline, applied, heard_at) VALUES ('room', %s, %s, %s, 1)",
            [FIRST.seq, json.dumps({"seq": FIRST.seq}), json.dumps([["s", "a"], ["s", "b"]])],
        )
    process = await Process(empty_database, "one").start()
    assert await process.store.open("room", FIRST, [("s", "b"), ("s", "c")]) == FIRST
    assert decoded(await process.store.applied("room")) == [("s", "a"), ("s", "b"), ("s", "c")]
    assert not await process.store.remember("room", ("s", "a"))
    await process.store.stop()


async def test_numbers_stay_whole_up_to_the_largest(processes: tuple[Process, Process]):
    one, two = processes
    large = Timeline(seq=2**53 - 3)
    await one.store.open("room", large, [])
    following = Timeline(seq=2**53 - 2)
    outcome = await one.store.commit(
        "room",
        expected=large.seq,
        timeline=following,
        entry=Entry(following.seq, 1.0, "seek", None, None, None, 0.0),
    )
    assert outcome == Committed()
    assert (await two.store.enter("room")).timeline == following


async def test_the_lease_of_a_process_that_died_runs_out(
    processes: tuple[Process, Process], empty_database: str, monkeypatch: pytest.MonkeyPatch
):
    one, two = processes
    assert await one.store.processes() == {"one", "two"}
    await two.store.stop()
    assert await one.store.processes() == {"one"}
    with psycopg.connect(empty_database) as connection:
        connection.execute(
            "INSERT INTO sync_process (process, seen_at) VALUES ('dead', clock_timestamp() - interval '5.5 s')"
        )
    assert await one.store.processes() == {"one", "dead"}
    monkeypatch.setattr(postgres_standing, "LEASE", 5.0)
    assert await one.store.processes() == {"one"}


async def test_all_processes_tell_the_same_time(processes: tuple[Process, Process]):
    one, two = processes
    assert abs(one.store.now() - time.time()) < 0.05
    assert abs(one.store.now() - two.store.now()) < 0.005


async def test_the_room_clock_runs_on_when_the_clock_of_postgresql_is_set(
    processes: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
):
    one, two = processes
    really, step = authority.read, 3600.0

    async def an_hour_later(connections: object) -> authority.Authority:
        found = await really(connections)  # type: ignore[arg-type]
        return authority.Authority(found.epoch, found.name, found.shift, found.clock + step, found.quiet)

    before = time.monotonic() - one.store.now()
    monkeypatch.setattr(authority, "read", an_hour_later)
    await asyncio.gather(one.store.standing.look(), two.store.standing.look())
    await asyncio.gather(one.store.standing.look(), two.store.standing.look())
    assert one.store.standing.known.shift == two.store.standing.known.shift == pytest.approx(-step, abs=0.01)
    for process in (one, two):
        assert abs(time.monotonic() - process.store.now() - before) < 0.2


@pytest.fixture
async def fragile(postgres_with_tables: Postgres) -> AsyncIterator[tuple[Postgres, Process]]:
    """A PostgreSQL to kill, and a process that uses it."""
    service = postgres_with_tables
    process = await Process(service.settings()["DATABASE_URL"], "one").start()
    await process.store.open("room", FIRST, [])
    await process.store.enter("room")
    yield service, process
    await process.store.stop()


async def test_a_server_that_was_killed_has_kept_what_it_acknowledged(fragile: tuple[Postgres, Process]):
    service, process = fragile
    assert await commit(process.store, 2, expected=1) == Committed()
    service.kill()
    with pytest.raises(Unreachable):
        await commit(process.store, 3, expected=2)
    assert process.store.connections.down_since is not None
    service.start()
    await eventually(lambda: process.heard.misses)
    assert (await process.store.enter("room")).timeline == at(2)
    assert await commit(process.store, 3, expected=2) == Committed()
    assert process.store.connections.down_since is None


async def test_a_server_that_hangs_holds_nobody_up(fragile: tuple[Postgres, Process]):
    service, process = fragile
    service.pause()
    began, longest = time.monotonic(), 0.0
    refused = asyncio.gather(*(commit(process.store, 2, expected=1) for _ in range(20)), return_exceptions=True)
    while not refused.done():
        slept = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - slept)
    assert all(isinstance(each, Unreachable) for each in await refused)
    assert time.monotonic() - began < 2.5 * TIMEOUT
    assert longest < TIMEOUT / 2
    await asyncio.sleep(PING + TIMEOUT)
    service.resume()
    await eventually(lambda: process.heard.misses)
    # Those that were under way may have been carried out.
    held = (await process.store.enter("room")).timeline
    assert held in (FIRST, at(2))
    assert await process.store.commit("room", expected=held.seq, timeline=at(3), entry=entry(3)) == Committed()
