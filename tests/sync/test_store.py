"""The contract of every store adapter."""

from collections.abc import AsyncIterator

import pytest

from sync.store import APPLIED_KEPT, JOURNAL_KEPT, Committed, Entry, Held, Repeated, Stale, Store, Unknown
from sync.store.pairs import decoded
from sync.timeline import EPOCH, Timeline
from tests.sync.listening import Heard
from tests.sync.stores import ADAPTERS

FIRST = Timeline(seq=EPOCH + 1)


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.__name__)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    opened: Store = request.param(request)()
    await opened.start(Heard())
    await opened.open("room", FIRST, [("s", "old")])
    yield opened
    await opened.stop()


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
    assert decoded(await store.applied("room")) == [("s", "old"), ("s", "a")]
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
    kept = decoded(await store.applied("room"))
    assert len(kept) == APPLIED_KEPT
    assert kept[0] == ("s", "0")
    assert await commit(store, 2, expected=1, id="old") == Committed()


async def test_the_journal_after(store: Store) -> None:
    for n in range(2, 6):
        await commit(store, n, expected=n - 1)
    assert [one.seq - EPOCH for one in await store.journal("room", after=EPOCH + 3)] == [4, 5]


async def test_the_last_entries_are_kept(store: Store) -> None:
    for n in range(2, JOURNAL_KEPT + 4):
        await commit(store, n, expected=n - 1)
    kept = await store.journal("room")
    assert len(kept) >= JOURNAL_KEPT
    assert kept[-1] == entry(JOURNAL_KEPT + 3)


async def test_every_key_of_a_timeline_and_an_entry_comes_back(store: Store) -> None:
    full = Timeline(
        seq=EPOCH + 2,
        item="a film",
        position=1 / 3,
        rate=0.75,
        state="waiting",
        anchor=1_790_000_000.123457,
        waiting_for=("é", "b"),
        duration=5400.04,
        mark=EPOCH + 1,
        since=1_790_000_000.5,
    )
    told = Entry(EPOCH + 2, 1_790_000_000.25, "buffering", "p1", "alice", "ü", 1 / 3, "s", "p2", leaves_behind=True)
    assert await store.commit("room", expected=FIRST.seq, timeline=full, entry=told) == Committed()
    assert (await store.enter("room")).timeline == full
    assert await store.journal("room") == [told]


async def test_a_long_one_comes_back(store: Store) -> None:
    long = Timeline(seq=EPOCH + 2, item="x" * 5000)
    assert await store.commit("room", expected=FIRST.seq, timeline=long, entry=entry(2, "y" * 300)) == Committed()
    assert (await store.enter("room")).timeline == long
    assert await store.journal("room") == [entry(2, "y" * 300)]


async def test_the_largest_seq_is_exact(store: Store) -> None:
    most = 2**53 - 1
    await store.open("room", Timeline(seq=most - 2), [])
    for seq in (most - 1, most):
        told = Entry(seq, 1.0, "seek", None, None, None, 0.0)
        assert await store.commit("room", expected=seq - 1, timeline=Timeline(seq=seq), entry=told) == Committed()
    assert (await store.enter("room")).timeline == Timeline(seq=most)
    assert [one.seq for one in await store.journal("room", after=most - 1)] == [most]


async def test_a_lower_offer_changes_nothing_and_a_higher_one_holds(store: Store) -> None:
    assert await store.open("room", at(9), []) == at(9)
    assert await store.open("room", at(8), []) == at(9)
    assert await commit(store, 10, expected=9) == Committed()


async def test_a_second_start_has_no_effect(store: Store) -> None:
    await store.start(Heard())
    assert (await store.enter("room")).timeline == FIRST
    assert store.epoch == 1


async def test_its_own_process_is_alive(store: Store) -> None:
    assert store.process in await store.processes()


async def test_the_room_clock_runs(store: Store) -> None:
    before = store.now()
    await store.enter("room")
    assert 0 <= store.now() - before < 5


async def test_forget(store: Store) -> None:
    await store.forget("room")
    assert await store.enter("room") == Held(None)
    assert decoded(await store.applied("room")) == []
    assert await store.journal("room") == []


async def test_what_was_not_opened_is_unknown(store: Store) -> None:
    await store.forget("room")
    with pytest.raises(Unknown):
        await commit(store, 2, expected=1)
    with pytest.raises(Unknown):
        await store.remember("room", ("s", "a"))
