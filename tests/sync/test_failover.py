"""Redis over PostgreSQL: which of them is killed, stopped or cut off, and for how long, changes no timeline.

Two stores are two processes. The seconds after which the authority moves are shortened.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

import psycopg
import pytest
from redis import Redis as Client

from scripts.native import Postgres, Redis
from sync.store import Committed, Entry, Repeated, Unreachable, failover, switch
from sync.store.failover import FailoverStore
from sync.store.pairs import decoded
from sync.timeline import EPOCH, Timeline, successor
from tests.sync.listening import Heard
from tests.waiting import PATIENCE, eventually
from tests.way import Way


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "AWAY", 0.8)
    monkeypatch.setattr(switch, "BACK", 1.0)
    monkeypatch.setattr(switch, "REFUSE_EVERY", 0.3)


@pytest.fixture
def redis(new_redis: Callable[[], Redis]) -> Redis:
    return new_redis()


def url(redis: Redis) -> str:
    return redis.settings()["REDIS_URL"]


class Process:
    """A server process that commands: each command moves the position on by one, so none is lost or done twice."""

    def __init__(self, name: str, store: FailoverStore) -> None:
        self.name = name
        self.store = store
        self.heard = Heard()
        self.held: Timeline
        self.done: list[str] = []
        self.acknowledged: list[int] = []
        """The `seq` of each commit that was acknowledged."""
        self.slowest = 0.0
        self.stopped = False

    async def start(self) -> None:
        await self.store.start(self.heard)
        held = (await self.store.enter("room")).timeline
        self.held = held or await self.store.open("room", Timeline(seq=successor(0, self.store.epoch)), [])

    async def command(self, id: str) -> None:
        began = monotonic()
        while True:
            seq = successor(self.held.seq, self.store.epoch)
            timeline = Timeline(seq=seq, position=self.held.position + 1)
            entry = Entry(seq, self.store.now(), "seek", None, None, id, timeline.position, self.name)
            try:
                outcome = await self.store.commit("room", expected=self.held.seq, timeline=timeline, entry=entry)
            except Unreachable:
                continue
            if isinstance(outcome, Committed):
                self.held = timeline
                self.acknowledged.append(seq)
                break
            self.held = outcome.held
            if isinstance(outcome, Repeated):
                break
        self.done.append(id)
        self.slowest = max(self.slowest, monotonic() - began)

    async def go_on(self) -> None:
        while not self.stopped:
            await self.command(str(len(self.done)))
            await asyncio.sleep(0.01)

    async def newest(self) -> Timeline:
        timeline = (await self.store.enter("room")).timeline
        assert timeline is not None
        return timeline


@asynccontextmanager
async def processes(*places: tuple[str, str]) -> AsyncIterator[tuple[Process, ...]]:
    """One process for each (URL of Redis, URL of PostgreSQL), all with the same room."""
    made = tuple(Process(str(n), FailoverStore(redis, postgres)) for n, (redis, postgres) in enumerate(places))
    for each in made:
        await each.start()
    yield made
    for each in made:
        await each.store.stop()


@asynccontextmanager
async def commanding(*who: Process) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.go_on()) for each in who]
    yield
    for each in who:
        each.stopped = True
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*tasks)


@asynccontextmanager
async def steady_clocks(*who: Process) -> AsyncIterator[None]:
    """No room clock jumps meanwhile."""

    async def watch() -> None:
        largest, before = 0.0, {each.name: each.store.now() - monotonic() for each in who}
        while True:
            for each in who:
                offset = each.store.now() - monotonic()
                largest = max(largest, abs(offset - before[each.name]))
                before[each.name] = offset
            jumps.append(largest)
            await asyncio.sleep(0.005)

    jumps: list[float] = []
    task = asyncio.create_task(watch())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert max(jumps) < 0.01


def led_by(name: str, *who: Process) -> Callable[[], bool]:
    return lambda: all(each.store.switch.known.name == name and each.store.switch.decides for each in who)


def acknowledged(more: int, *who: Process) -> Callable[[], bool]:
    """Whether each of them has `more` than now."""
    before = [len(each.acknowledged) for each in who]
    return lambda: all(len(each.acknowledged) >= count + more for each, count in zip(who, before, strict=True))


async def assert_nothing_was_lost(*who: Process) -> None:
    newest = [await each.newest() for each in who]
    assert newest[1:] == newest[:-1]
    # One for each command: none was lost, none done twice.
    assert newest[0].position == sum(len(each.done) for each in who)
    assert_no_seq_repeats(*who)


def assert_no_seq_repeats(*who: Process) -> None:
    everything = [seq for each in who for seq in each.acknowledged]
    assert len(set(everything)) == len(everything)
    for each in who:
        assert each.acknowledged == sorted(each.acknowledged)


async def test_it_works(redis: Redis, empty_database: str):
    place = url(redis), empty_database
    async with processes(place, place) as (one, two):
        assert led_by("redis", one, two)()
        assert one.store.epoch == two.store.epoch == 1
        await one.command("a")
        await eventually(lambda: len(two.heard.told_of) == 1)
        assert two.heard.told_of[0][1] == one.held
        one.store.publish("room", b"hello")
        await eventually(lambda: two.heard.told_of[-1] == ("room", b"hello"))
        assert await two.store.processes() == {one.store.process, two.store.process}


@pytest.mark.parametrize("how", ["killed", "stopped"])
@pytest.mark.parametrize("seconds", [0.2, 3.0])
async def test_redis_is_away(redis: Redis, empty_database: str, how: str, seconds: float):
    place = url(redis), empty_database
    async with processes(place, place) as (one, two):
        async with steady_clocks(one, two):
            async with commanding(one, two):
                await eventually(acknowledged(10, one, two))
                away = redis.kill if how == "killed" else redis.pause
                await asyncio.to_thread(away)
                await asyncio.sleep(seconds)
                if seconds > 1:
                    assert led_by("postgres", one, two)()
                await asyncio.to_thread(redis.start if how == "killed" else redis.resume)
                await eventually(led_by("redis", one, two))
                await eventually(acknowledged(10, one, two))
            await assert_nothing_was_lost(one, two)
        assert max(one.slowest, two.slowest) < 4.0
        assert abs(one.store.now() - two.store.now()) < 0.01


async def test_a_process_that_is_cut_off_from_redis_takes_the_others_with_it(redis: Redis, empty_database: str):
    async with (
        Way(redis.port).kept() as way,
        processes((way.leading(url(redis)), empty_database), (url(redis), empty_database)) as (one, two),
    ):
        async with steady_clocks(one, two), commanding(one, two):
            await asyncio.sleep(0.3)
            way.cut()
            await eventually(led_by("postgres", one, two))
            # Longer than BACK: the other one's Redis answers all the time.
            await asyncio.sleep(2.0)
            assert led_by("postgres", one, two)()
            way.clear()
            await eventually(led_by("redis", one, two))
            await asyncio.sleep(0.3)
        assert await one.newest() == await two.newest()
        assert_no_seq_repeats(one, two)
        assert one.heard.misses
        assert two.heard.misses


async def test_who_has_not_heard_of_the_move_can_commit_to_redis_no_more(redis: Redis, empty_database: str):
    async with (
        Way(redis.port).kept() as way,
        processes((way.leading(url(redis)), empty_database), (url(redis), empty_database)) as (one, two),
    ):
        way.cut()
        await eventually(led_by("postgres", one, two))
        with Client.from_url(url(redis)) as client:
            assert client.get("wp:epoch") == b"2"


async def test_redis_that_lost_its_memory_begins_a_new_epoch(redis: Redis, empty_database: str):
    place = url(redis), empty_database
    async with processes(place, place) as (one, two):
        async with commanding(one, two):
            await asyncio.sleep(0.3)
            with Client.from_url(url(redis)) as client:
                client.flushall()
            await eventually(lambda: one.store.epoch == two.store.epoch == 2)
            await asyncio.sleep(0.5)
        await assert_nothing_was_lost(one, two)
        assert one.acknowledged[-1] > 2 * EPOCH
        assert one.store.switch.known.name == "redis"


async def test_nobody_notices_that_postgresql_is_away(redis: Redis, postgres_with_tables: Postgres):
    postgres = postgres_with_tables
    place = url(redis), postgres.settings()["DATABASE_URL"]
    async with processes(place, place) as (one, two):
        async with commanding(one, two):
            await asyncio.to_thread(postgres.pause)
            await asyncio.sleep(2.5)
            await asyncio.to_thread(postgres.resume)
            await asyncio.sleep(0.5)
        await assert_nothing_was_lost(one, two)
        assert max(one.slowest, two.slowest) < 1.5
        assert one.store.epoch == 1
        assert one.heard.misses == two.heard.misses == 0


async def test_both_are_away(redis: Redis, postgres_with_tables: Postgres, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(failover, "PATIENCE", 1.0)
    postgres = postgres_with_tables
    place = url(redis), postgres.settings()["DATABASE_URL"]
    async with processes(place, place) as (one, two):
        await one.command("first")
        await asyncio.gather(asyncio.to_thread(redis.kill), asyncio.to_thread(postgres.kill))
        began = monotonic()
        with pytest.raises(Unreachable):
            await one.store.remember("room", ("s", "a"))
        assert monotonic() - began < 5
        assert decoded(await one.store.applied("room")) == [("0", "first")]
        assert [entry.id for entry in await one.store.journal("room")] == ["first"]
        await asyncio.to_thread(postgres.start)
        await eventually(led_by("postgres", one, two))
        await two.command("second")
        await asyncio.to_thread(redis.start)
        await eventually(led_by("redis", one, two))
        await one.command("third")
        for each in (one, two):
            assert decoded(await each.store.applied("room")) == [("0", "first"), ("1", "second"), ("0", "third")]
        await assert_nothing_was_lost(one, two)
        assert not await two.store.remember("room", ("0", "first"))


async def test_what_is_told_meanwhile_arrives(redis: Redis, empty_database: str):
    place = url(redis), empty_database
    async with processes(place, place) as (one, two):
        one.store.put("room", "alice", b"before")
        one.store.put("room", "bob", b"before")
        await eventually(lambda: len(two.heard.told_of) == 2)
        await asyncio.to_thread(redis.kill)
        await eventually(lambda: one.store.switch.redis.down_since is not None)
        one.store.publish("room", b"meanwhile")
        one.store.put("room", "bob", b"meanwhile")
        await eventually(lambda: two.heard.told_of[-1] == ("room", "bob", b"meanwhile"))
        assert ("room", b"meanwhile") in two.heard.told_of
        one.store.drop("room", "alice")
        await eventually(lambda: two.heard.told_of[-1] == ("room", "alice", None))
        await asyncio.to_thread(redis.start)
        await eventually(led_by("redis", one, two))
        assert "alice" not in (await two.store.enter("room")).people


async def test_a_process_starts_without_redis(redis: Redis, empty_database: str):
    redis.kill()
    async with processes((url(redis), empty_database)) as (one,):
        assert led_by("postgres", one)()
        await one.command("a")
        await asyncio.to_thread(redis.start)
        await eventually(led_by("redis", one))
        await one.command("b")
        await assert_nothing_was_lost(one)


async def test_a_server_that_starts_anew_goes_on_where_it_was(redis: Redis, empty_database: str):
    place = url(redis), empty_database
    async with processes(place) as (one,):
        await one.command("a")
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT epoch, authority FROM sync_epoch").fetchall() == [(1, "redis")]
    async with processes(place) as (two,):
        assert two.store.epoch == 1
        assert two.held == one.held
