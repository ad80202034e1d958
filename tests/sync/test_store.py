"""The contract of every store adapter."""

from collections.abc import Callable

import pytest

from sync.store import APPLIED_KEPT, Committed, Entry, Held, Repeated, Stale, Store, Unknown
from sync.store.memory import MemoryStore
from sync.timeline import EPOCH, Timeline


async def first_epoch() -> int:
    return 1


def memory() -> Store:
    return MemoryStore(first_epoch)


ADAPTERS: list[Callable[[], Store]] = [memory]
FIRST = Timeline(seq=EPOCH + 1)


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.__name__)
async def store(request: pytest.FixtureRequest) -> Store:
    opened: Store = request.param()
    await opened.open("room", FIRST, [("s", "old")])
    return opened


def at(n: int) -> Timeline:
    return Timeline(seq=EPOCH + n, position=float(n))


def entry(n: int, id: str | None = None) -> Entry:
    session = None if id is None else "s"
    return Entry(EPOCH + n, 1.0, "seek", "p1", "alice", id, float(n), session)


async def commit(store: Store, n: int, *, expected: int, id: str | None = None) -> object:
    return await store.commit("room", expected=EPOCH + expected, timeline=at(n), entry=entry(n, id))


async def test_it_works(store: Store) -> None:
    assert (await store.enter("room")).timeline == FIRST
    assert await commit(store, 2, expected=1, id="a") == Committed()
    assert (await store.enter("room")).timeline == at(2)
    assert await store.applied("room") == [("s", "old"), ("s", "a")]
    assert await store.journal("room") == [entry(2, "a")]


async def test_an_open_room_stays_as_it_is(store: Store) -> None:
    await commit(store, 2, expected=1)
    assert await store.open("room", FIRST, []) == at(2)


async def test_a_stale_commit_changes_nothing(store: Store) -> None:
    await commit(store, 2, expected=1)
    assert await commit(store, 3, expected=1, id="a") == Stale(at(2))
    assert (await store.enter("room")).timeline == at(2)
    assert await commit(store, 3, expected=2, id="a") == Committed()


async def test_seq_must_grow(store: Store) -> None:
    assert await commit(store, 1, expected=1) == Stale(FIRST)
    assert await commit(store, 0, expected=1) == Stale(FIRST)


async def test_a_pair_takes_effect_once(store: Store) -> None:
    assert await commit(store, 2, expected=1, id="old") == Repeated(FIRST)
    await commit(store, 2, expected=1, id="a")
    assert await commit(store, 3, expected=2, id="a") == Repeated(at(2))
    assert await store.remember("room", ("s", "a")) is False
    assert await store.remember("room", ("s", "noted")) is True
    assert await commit(store, 3, expected=2, id="noted") == Repeated(at(2))


async def test_the_last_pairs_are_kept(store: Store) -> None:
    for n in range(APPLIED_KEPT):
        await store.remember("room", ("s", str(n)))
    kept = await store.applied("room")
    assert len(kept) == APPLIED_KEPT
    assert kept[0] == ("s", "0")
    assert await commit(store, 2, expected=1, id="old") == Committed()


async def test_the_journal_after(store: Store) -> None:
    for n in range(2, 6):
        await commit(store, n, expected=n - 1)
    assert [one.seq - EPOCH for one in await store.journal("room", after=EPOCH + 3)] == [4, 5]


async def test_forget(store: Store) -> None:
    await store.forget("room")
    assert await store.enter("room") == Held(None)
    assert await store.applied("room") == []
    assert await store.journal("room") == []


async def test_what_was_not_opened_is_unknown(store: Store) -> None:
    await store.forget("room")
    with pytest.raises(Unknown):
        await commit(store, 2, expected=1)
    with pytest.raises(Unknown):
        await store.remember("room", ("s", "a"))
