"""What only the Redis store must bear: a Redis that loses its memory, its clock, its subscribers, or can't write."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from typing import Any

import pytest
from redis import Redis as Client

from scripts.native import Redis
from sync.store import Committed, Entry, Superseded, Unknown, Unreachable
from sync.store.pairs import decoded
from sync.store.redis import RedisStore
from sync.timeline import EPOCH, Timeline, successor
from tests.sync.listening import Heard
from tests.waiting import PATIENCE, eventually
from tests.way import Way

FIRST = Timeline(seq=EPOCH + 1)
SECOND = Timeline(seq=EPOCH + 2)

NewProcess = Callable[..., Awaitable[tuple[RedisStore, Heard]]]


def entry(seq: int) -> Entry:
    return Entry(seq, 1.0, "seek", None, None, None, 0.0)


class Epochs:
    """The database's epoch: what Redis serves holds, and who finds none gets a higher one."""

    def __init__(self) -> None:
        self.newest = 0

    async def __call__(self, found: int | None) -> int:
        if found is None:
            self.newest += 1
        return found or self.newest


@pytest.fixture
def service(new_redis: Callable[[], Redis]) -> Redis:
    return new_redis()


@pytest.fixture
def client(service: Redis) -> Any:
    """What an administrator does."""
    with Client.from_url(service.settings()["REDIS_URL"], socket_timeout=5, decode_responses=True) as client:
        yield client


@pytest.fixture
async def new_process(service: Redis) -> AsyncIterator[NewProcess]:
    epochs, made = Epochs(), []

    async def start(port: int | None = None) -> tuple[RedisStore, Heard]:
        url = service.settings()["REDIS_URL"].replace(str(service.port), str(port or service.port))
        store, heard = RedisStore(url, epochs), Heard()
        made.append(store)
        await store.start(heard)
        return store, heard

    yield start
    for store in made:
        await store.stop()


async def in_room(new_process: NewProcess) -> tuple[RedisStore, Heard]:
    store, heard = await new_process()
    await store.open("room", FIRST, [])
    await store.enter("room")
    return store, heard


async def commit(store: RedisStore, timeline: Timeline, *, expected: Timeline) -> object:
    return await store.commit("room", expected=expected.seq, timeline=timeline, entry=entry(timeline.seq))


async def test_a_redis_that_was_emptied_serves_a_new_epoch(service: Redis, new_process: NewProcess) -> None:
    (one, heard), (other, heard_by_other) = await in_room(new_process), await in_room(new_process)
    await commit(one, SECOND, expected=FIRST)
    now, at = one.now(), monotonic()
    service.kill()
    with pytest.raises(Unreachable):
        await commit(one, SECOND, expected=FIRST)
    service.start()
    # Two that find it empty at once each ask for an epoch; the higher one comes to hold in both.
    await eventually(lambda: min(heard.misses, heard_by_other.misses) > 0 and one.epoch == other.epoch)
    epoch = one.epoch
    assert epoch > 1
    assert one.now() - now == pytest.approx(monotonic() - at, abs=0.2)
    with pytest.raises(Unknown):
        await commit(one, Timeline(seq=epoch * EPOCH + 1), expected=SECOND)
    # Both offer what they know; the highest holds, and reaches who offered less.
    assert await other.open("room", FIRST, []) == FIRST
    await other.enter("room")
    heard_by_other.told_of.clear()
    assert await one.open("room", SECOND, []) == SECOND
    await eventually(lambda: [told[1] for told in heard_by_other.told_of] == [SECOND])
    third = Timeline(seq=successor(SECOND.seq, one.epoch))
    assert third.seq == epoch * EPOCH + 1
    assert await commit(one, third, expected=SECOND) == Committed()


async def test_a_memory_lost_without_the_connection_is_noticed(client: Any, new_process: NewProcess) -> None:
    store, heard = await in_room(new_process)
    client.flushall()
    with pytest.raises(Superseded):
        await commit(store, SECOND, expected=FIRST)
    await eventually(lambda: heard.misses == 1)
    assert store.epoch == 2


async def test_a_higher_epoch_is_followed_and_a_lower_one_refused(client: Any, new_process: NewProcess) -> None:
    (one, _), (other, heard) = await in_room(new_process), await in_room(new_process)
    await one.adopt(7)
    with pytest.raises(Superseded):
        await commit(other, SECOND, expected=FIRST)
    await eventually(lambda: heard.misses == 1)
    assert other.epoch == 7
    with pytest.raises(Superseded):
        await one.adopt(6)
    assert client.get("wp:epoch") == "7"


async def test_a_lost_subscription_is_taken_anew(client: Any, new_process: NewProcess) -> None:
    (one, heard_by_one), (other, heard) = await in_room(new_process), await in_room(new_process)
    for connection in client.client_list(_type="pubsub"):
        if connection["name"] == f"watchparty-{other.process}-told":
            client.client_kill_filter(_id=connection["id"])
    await eventually(lambda: heard.misses == 1)
    await commit(one, SECOND, expected=FIRST)
    await eventually(lambda: [told[1] for told in heard.told_of] == [SECOND])
    assert heard_by_one.misses == 0


async def test_a_stopped_redis_is_noticed_and_comes_back(service: Redis, new_process: NewProcess) -> None:
    store, heard = await in_room(new_process)
    service.pause()
    began = monotonic()
    with pytest.raises(Unreachable):
        await commit(store, SECOND, expected=FIRST)
    assert monotonic() - began < 5
    assert store.down_since == pytest.approx(began, abs=0.9)
    assert store.up_since is None
    store.put("room", "p1", b"lost on the way")
    service.resume()
    await eventually(lambda: heard.misses == 1)
    assert store.down_since is None
    # What was asked of the stopped Redis may have been done when it went on: that is for the caller to find out.
    assert (await store.enter("room")).timeline in (FIRST, SECOND)


async def test_a_redis_that_can_not_save_is_as_good_as_down(
    service: Redis, client: Any, new_process: NewProcess, caplog: pytest.LogCaptureFixture
) -> None:
    store, heard = await in_room(new_process)
    (service.data / "dump.rdb").mkdir()  # which no file can replace, not even root's
    client.config_set("save", "1 1")
    client.set("something", "to save")
    await eventually(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
    with pytest.raises(Unreachable, match="MISCONF"):
        await commit(store, SECOND, expected=FIRST)
    store.put("room", "p1", b"refused")
    await eventually(lambda: store.down_since is not None)
    assert store.up_since is None
    assert heard.misses == 0
    client.config_set("save", "")
    await eventually(lambda: heard.misses == 1)
    assert store.down_since is None
    assert (await store.enter("room")).timeline == FIRST
    assert "MISCONF" in caplog.text


async def test_scripts_that_were_flushed(client: Any, new_process: NewProcess) -> None:
    store, _ = await in_room(new_process)
    client.script_flush()
    assert await commit(store, SECOND, expected=FIRST) == Committed()
    client.script_flush()
    assert await store.remember("room", ("s", "a")) is True


async def test_who_is_alone_in_a_room_hears_no_echo(client: Any, new_process: NewProcess) -> None:
    def published() -> int:
        return int(client.info("commandstats").get("cmdstat_publish", {"calls": 0})["calls"])

    store, _ = await in_room(new_process)
    before = published()
    await commit(store, SECOND, expected=FIRST)
    store.publish("room", b"hello")
    assert await store.processes() == {store.process}
    assert published() == before
    await in_room(new_process)
    store.publish("room", b"hello")
    await store.processes()
    assert published() == before + 1


async def test_who_died_is_forgotten_by_the_room(client: Any, new_process: NewProcess) -> None:
    store, _ = await in_room(new_process)
    client.sadd("wp:room:{room}:here", "feedfeedfeedfeed")
    await store.enter("room")
    assert client.smembers("wp:room:{room}:here") == {store.process}


async def test_who_lost_its_lease_is_told(client: Any, new_process: NewProcess) -> None:
    store, heard = await in_room(new_process)
    client.zrem("wp:processes", store.process)
    await eventually(lambda: heard.misses == 1)
    assert store.process in await store.processes()


async def test_leases_end(client: Any, new_process: NewProcess) -> None:
    store, _ = await in_room(new_process)
    client.zadd("wp:processes", {"dead": store.now() - 0.1, "dying": store.now() + 5})
    assert await store.processes() == {store.process, "dying"}


@pytest.mark.parametrize("restored", [0, 5, 256])
async def test_rooms_that_nobody_uses_expire(client: Any, new_process: NewProcess, restored: int) -> None:
    store, _ = await new_process()
    await store.open("room", FIRST, [("s", str(n)) for n in range(restored)])
    await store.enter("room")
    await store.remember("room", ("s", "noted"))
    told = Entry(SECOND.seq, 1.0, "seek", None, None, "a", 0.0, "s")
    assert await store.commit("room", expected=FIRST.seq, timeline=SECOND, entry=told) == Committed()
    store.put("room", "p1", b"here")
    assert await store.processes()
    keys = client.keys("wp:room:*")
    assert len(keys) == 5
    assert all(0 < client.ttl(key) <= 24 * 3600 for key in keys)


async def test_a_room_stays_small(client: Any, new_process: NewProcess) -> None:
    store, _ = await in_room(new_process)
    for n in range(1, 601):
        told = Entry(FIRST.seq + n, 1.0, "seek", None, None, str(n), 0.0, "s")
        changed = Timeline(seq=FIRST.seq + n)
        assert await store.commit("room", expected=FIRST.seq + n - 1, timeline=changed, entry=told) == Committed()
    assert decoded(await store.applied("room")) == [("s", str(n)) for n in range(345, 601)]
    assert client.zcard("wp:room:{room}:pairs") < 256 + 32
    assert 256 <= client.zcard("wp:room:{room}:journal") < 256 + 32
    assert await store.remember("room", ("s", "345")) is False
    assert await store.remember("room", ("s", "344")) is True


async def test_only_the_pairs_that_are_new_are_told(new_process: NewProcess) -> None:
    (one, _), (other, _) = await in_room(new_process), await in_room(new_process)
    for n in range(300):
        await one.remember("room", ("s", str(n)))
    first = await one.applied_after("room", None)
    assert (len(first.pairs), first.after, first.pairs[-1]) == (256, None, b'["s","299"]')
    none = await one.applied_after("room", first.newest)
    assert (none.pairs, none.after, none.newest) == ([], first.newest, first.newest)
    # Forgotten, it counts as new when it comes again.
    for store, id in ((one, "new"), (other, "another's"), (other, "7")):
        assert await store.remember("room", ("s", id))
    later = await one.applied_after("room", none.newest)
    assert (later.pairs, later.after) == ([b'["s","new"]', b'["s","another\'s"]', b'["s","7"]'], first.newest)


@pytest.mark.parametrize("then", [0, 5, 40, 64])
async def test_all_pairs_of_a_room_that_was_lost_are_told(client: Any, new_process: NewProcess, then: int) -> None:
    """Its places are counted from the beginning, so the known one may come again, before it or after."""
    store, _ = await in_room(new_process)
    for n in range(40):
        await store.remember("room", ("s", str(n)))
    known = (await store.applied_after("room", None)).newest
    client.delete(*client.keys("wp:room:*"))
    await store.open("room", FIRST, [])
    for n in range(then):
        await store.remember("room", ("t", str(n)))
    told = await store.applied_after("room", known)
    assert (told.after, len(told.pairs)) == (None, then)


async def test_all_pairs_are_told_under_a_new_epoch(new_process: NewProcess) -> None:
    store, _ = await in_room(new_process)
    await store.remember("room", ("s", "a"))
    known = (await store.applied_after("room", None)).newest
    await store.adopt(store.epoch + 1)
    told = await store.applied_after("room", known)
    assert (told.after, told.pairs) == (None, [b'["s","a"]'])


@pytest.mark.parametrize("by", [3600, -3600])
async def test_the_room_clock_runs_on_when_redis_clock_is_set(client: Any, new_process: NewProcess, by: int) -> None:
    # Seen from here it is the same whether Redis' own clock steps, or the shift that is added to it.
    (one, _), (other, _) = await in_room(new_process), await in_room(new_process)
    now, at = one.now(), monotonic()
    client.set("wp:clock", by)
    await eventually(lambda: abs(float(client.get("wp:clock"))) < 0.1)
    await asyncio.sleep(1.2)  # a beat of both
    for store in (one, other):
        assert store.now() - now == pytest.approx(monotonic() - at, abs=0.2)
    assert abs(float(client.get("wp:clock"))) < 0.1
    assert await one.processes() == {one.process, other.process}


async def test_the_shift_outlives_redis_memory(service: Redis, client: Any, new_process: NewProcess) -> None:
    client.set("wp:clock", "-5000")
    store, heard = await in_room(new_process)
    now, at = store.now(), monotonic()
    service.kill()
    service.start()
    await eventually(lambda: heard.misses == 1)
    assert float(client.get("wp:clock")) == pytest.approx(-5000, abs=0.2)
    assert store.now() - now == pytest.approx(monotonic() - at, abs=0.2)


@pytest.mark.parametrize(("up", "down", "off"), [(0.04, 0.04, 0.01), (0.08, 0.0, 0.045)])
async def test_a_long_way_to_redis(service: Redis, new_process: NewProcess, up: float, down: float, off: float) -> None:
    near, _ = await in_room(new_process)
    async with Way(service.port, up=up, down=down).kept() as way:
        far, heard = await new_process(way.port)
        assert far.now() == pytest.approx(near.now(), abs=off)
        await far.enter("room")
        await commit(near, SECOND, expected=FIRST)
        await eventually(lambda: [told[1] for told in heard.told_of] == [SECOND])
        await far.stop()


async def test_what_is_not_ours_on_a_channel_disturbs_nobody(
    client: Any, new_process: NewProcess, caplog: pytest.LogCaptureFixture
) -> None:
    _, heard = await in_room(new_process)
    rubbish = [b"", b"short", b"0" * 16 + b"c{", b"0" * 16 + b"p\xff\n"]
    for each in rubbish:
        client.publish("wp:told:room", each)
    client.publish("wp:told:room", "0" * 16 + "m\nours")
    await eventually(lambda: bool(heard.told_of))
    assert heard.told_of == [("room", b"ours")]
    assert heard.misses == 0
    assert caplog.text.count("isn't ours") == len(rubbish)


async def test_a_redis_that_comes_late(service: Redis) -> None:
    service.kill()
    store, heard = RedisStore(service.settings()["REDIS_URL"], Epochs()), Heard()
    with pytest.raises(Unreachable, match="doesn't answer"):
        await store.start(heard)
    service.start()
    await eventually(lambda: heard.misses == 1)
    await store.start(heard)
    assert store.epoch == 1
    await store.stop()


async def test_what_happened_elsewhere_is_added_to_the_journal_once(new_process: NewProcess) -> None:
    store, _ = await in_room(new_process)
    await commit(store, Timeline(seq=EPOCH + 4), expected=FIRST)
    for _ in range(2):
        await store.offer("room", [entry(EPOCH + 2), entry(EPOCH + 3)])
    assert [one.seq - EPOCH for one in await store.journal("room")] == [2, 3, 4]


def test_it_serves_one_loop_after_another(service: Redis) -> None:
    store, heard = RedisStore(service.settings()["REDIS_URL"], Epochs()), Heard()
    first_is_up, done = threading.Event(), threading.Event()

    async def first() -> None:
        await store.start(heard)
        await store.open("room", FIRST, [])
        first_is_up.set()
        while not done.is_set():  # the loop runs on, and nobody uses the store from it
            await asyncio.sleep(0.01)

    async def second() -> None:
        await store.start(heard)
        assert (await store.enter("room")).timeline == FIRST
        await store.stop()

    thread = threading.Thread(target=asyncio.run, args=[first()])
    thread.start()
    assert first_is_up.wait(PATIENCE)
    asyncio.run(second())
    done.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert heard.misses == 0
