"""What a process knows of a room by itself: the last pairs and the last entries, as text."""

import msgspec

from sync.store import APPLIED_KEPT, JOURNAL_KEPT, Entry, Pair
from sync.store.kept import RECENT_SECONDS, Kept
from sync.store.pairs import PIECE, Pairs, Place, Told, decoded, encoded
from sync.timeline import Timeline


def pairs(*numbers: int) -> list[Pair]:
    return [("s", str(n)) for n in numbers]


def place(n: int) -> Place:
    return Place(b"1", encoded(pairs(n))[0], b"%d" % n)


def told(*numbers: int, after: Place | None = None) -> Told:
    return Told(encoded(pairs(*numbers)), after, place(numbers[-1]))


def entry(n: int, id: str | None = None) -> Entry:
    return Entry(n, 1.0, "seek", "p1", "alice", id, 20.0, None if id is None else "s")


def happen(kept: Kept, *numbers: int, now: float = 10.0) -> None:
    for n in numbers:
        kept.happened(Timeline(seq=n), msgspec.json.encode(entry(n, str(n))), now)


def test_the_newest_pairs_stay_in_their_order() -> None:
    kept = Pairs()
    kept.learn(encoded(pairs(*range(APPLIED_KEPT))))
    for n in range(APPLIED_KEPT, 1000):
        kept.add(encoded(pairs(n)))
        known = decoded(kept.text)
        assert known[-APPLIED_KEPT:] == pairs(*range(n + 1 - APPLIED_KEPT, n + 1))
        assert len(known) < APPLIED_KEPT + PIECE


def test_pairs_that_are_learned_again_are_the_newest() -> None:
    kept = Pairs()
    kept.learn(encoded([*pairs(1, 2, 3), ("é", 'a "b",[]\n')]))
    kept.learn(encoded(pairs(2, 4)))
    kept.learn([])
    assert decoded(kept.text) == [*pairs(1, 3), ("é", 'a "b",[]\n'), *pairs(2, 4)]


def test_what_happened_counts_before_redis_has_told_of_it() -> None:
    kept = Kept()
    kept.take(told(1, 2), asked=9.0)
    happen(kept, 3)
    kept.remembered(("s", "noted"), 10.0)
    assert decoded(kept.told_of) == pairs(1, 2)
    assert decoded(kept.pairs) == [*pairs(1, 2, 3), ("s", "noted")]
    assert kept.timeline == Timeline(seq=3)
    assert kept.recent() == [entry(3, "3")]


def test_what_happened_here_long_before_a_store_told_of_it_keeps_its_place() -> None:
    kept = Kept()
    happen(kept, 1)
    assert decoded(kept.pairs) == pairs(1)
    kept.learn(encoded(pairs(1, 2)))
    assert decoded(kept.pairs) == pairs(1, 2)


def test_no_pair_is_lost_when_entries_are_let_go_of_that_redis_has_not_told_of() -> None:
    kept = Kept()
    kept.take(told(1, 2), asked=9.0)
    for n in range(3, 10):
        happen(kept, n, now=n * RECENT_SECONDS)
    assert [one.seq for one in kept.recent()] == [8, 9]
    assert decoded(kept.pairs) == pairs(*range(1, 10))
    assert kept.place is None  # it tells of all when it is asked next, for nothing counts twice
    kept.take(told(*range(1, 10)), asked=50.0)
    assert decoded(kept.told_of) == pairs(*range(1, 10))


def test_what_redis_told_after_what_it_had_told_before_is_taken_once() -> None:
    kept = Kept()
    kept.take(told(1, 2), asked=9.0)
    known = kept.place
    # Two who ask at the same time are told the same.
    kept.take(told(3, 4, after=known), asked=10.0)
    kept.take(told(3, 4, 5, after=known), asked=10.0)
    assert decoded(kept.told_of) == pairs(1, 2, 3, 4, 5)
    assert kept.place is None


def test_the_last_entries_in_their_order() -> None:
    kept = Kept()
    happen(kept, *range(1, 3 * JOURNAL_KEPT, 2), *range(2, 3 * JOURNAL_KEPT, 2))
    assert [one.seq for one in kept.recent()] == list(range(2 * JOURNAL_KEPT, 3 * JOURNAL_KEPT))
    assert [one.seq for one in kept.recent(after=3 * JOURNAL_KEPT - 3)] == [3 * JOURNAL_KEPT - 2, 3 * JOURNAL_KEPT - 1]
    assert len(decoded(kept.pairs)) < APPLIED_KEPT + PIECE


def test_reactions_take_no_place_of_an_entry() -> None:
    kept = Kept()
    happen(kept, 1, 2)
    for n in range(4 * JOURNAL_KEPT):
        kept.remembered(("s", f"reaction {n}"), 10.0)
    assert [one.seq for one in kept.recent()] == [1, 2]


def test_a_redis_that_has_forgotten_the_newest_pairs_takes_them_from_nobody() -> None:
    """It came back from an older snapshot, and is asked before it is offered what it lacks."""
    kept = Kept()
    kept.take(told(*range(APPLIED_KEPT)), asked=9.0)
    kept.place = None
    kept.take(told(*range(-100, APPLIED_KEPT - 100)), asked=10.0)
    assert pairs(APPLIED_KEPT - 1)[0] in decoded(kept.pairs)[-APPLIED_KEPT:]
    assert pairs(APPLIED_KEPT - 100)[0] in decoded(kept.pairs)[-APPLIED_KEPT:]


def test_a_commit_without_a_pair() -> None:
    kept = Kept()
    kept.happened(Timeline(seq=1), msgspec.json.encode(entry(1)), 10.0)
    kept.took(Timeline(seq=0))
    assert (kept.recent(), kept.pairs, kept.timeline) == ([entry(1)], "[]", Timeline(seq=1))
