"""Who enters while the processes agree on an epoch: they are let in a moment later, not told that all is down."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest

from sync import commands
from sync.limits import Limits
from sync.live import Live
from sync.store import Held, Superseded
from sync.store.memory import MemoryStore
from sync.store.redis import RedisStore
from tests.sync.alone import SETTINGS, NoArchive, NoItems
from tests.waiting import PATIENCE


class Epochs:
    """The database's epoch, as `sync.engine` asks for it: a Redis that knows less gets a new one."""

    newest = 0

    async def __call__(self, found: int | None) -> int:
        if found is None or found < self.newest:
            self.newest += 1
            return self.newest
        return found


NewLive = Callable[[], Live]


@pytest.fixture
async def epochs() -> Epochs:
    return Epochs()


@pytest.fixture
async def new_live(epochs: Epochs, redis_url: str) -> AsyncIterator[NewLive]:
    """`new_live()`: one more process of a server whose Redis knows nothing yet."""
    made, prefix = [], f"{uuid4().hex}:"

    def make() -> Live:
        made.append(Live(store=RedisStore(redis_url, epochs, prefix=prefix), archive=NoArchive(), limits=Limits()))
        return made[-1]

    yield make
    for live in made:
        await live.store.stop()


async def enter(live: Live) -> int:
    return (await commands.enter(live, SETTINGS, NoItems())).timeline.seq


async def test_two_processes_start_at_once_on_an_empty_redis(new_live: NewLive) -> None:
    here, there = await asyncio.gather(enter(new_live()), enter(new_live()))
    assert here == there


async def test_another_process_has_just_begun_a_new_epoch(new_live: NewLive, epochs: Epochs) -> None:
    here, there = new_live(), new_live()
    for live in (here, there):
        await live.store.start(live)
    assert isinstance(there.store, RedisStore)
    epochs.newest += 1
    await there.store.adopt(epochs.newest)
    assert await enter(here) == await enter(there)
    assert here.epoch == there.epoch == epochs.newest


class Disagreed(MemoryStore):
    async def enter(self, room: str) -> Held:
        raise Superseded("another epoch each time")


async def test_they_never_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "SETTLED_SECONDS", 0.1)
    live = Live(store=Disagreed(NoArchive().new_epoch), archive=NoArchive(), limits=Limits())
    with pytest.raises(Superseded):
        async with asyncio.timeout(PATIENCE):
            await enter(live)
