"""Token buckets and windows; time is an argument."""

from hypothesis import given
from hypothesis import strategies as st

from sync.ratelimit import TokenBucket, Window


def test_it_works() -> None:
    bucket = TokenBucket(10, 60, now=0)
    assert [bucket.take(0) for _ in range(61)] == [True] * 60 + [False]
    assert bucket.wait(0) == 0.1
    assert not bucket.take(0.05)
    assert bucket.take(0.1)
    assert not bucket.take(0.1)


def test_no_rate_is_no_limit() -> None:
    bucket = TokenBucket(0, 0, now=0)
    assert all(bucket.take(0) for _ in range(1000))
    assert bucket.wait(0) == 0


def test_a_clock_that_goes_back_grants_nothing() -> None:
    bucket = TokenBucket(1, 1, now=100)
    assert bucket.take(100)
    assert not bucket.take(50)
    assert not bucket.take(100.5)
    assert bucket.take(101)


@given(st.lists(st.floats(0, 2), max_size=200))
def test_never_more_than_burst_and_rate(gaps: list[float]) -> None:
    bucket, now, taken = TokenBucket(10, 60, now=0), 0.0, 0
    for gap in gaps:
        now += gap
        taken += bucket.take(now)
    assert taken <= 60 + 10 * now + 1e-6


def test_a_window() -> None:
    window = Window(3, 10)
    assert not window.add(0)
    assert not window.add(1)
    assert window.add(2)
    assert not window.add(12.5)
    assert not window.add(13)
    assert window.add(14)
