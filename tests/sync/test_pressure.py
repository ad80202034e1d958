"""How long a process that is behind lets what it tells a room wait; time is an argument."""

from hypothesis import given
from hypothesis import strategies as st

from sync.pressure import LEAST, MOST, UNFELT, Pressure

samples = st.lists(st.tuples(st.floats(0.001, 5), st.floats(0, 10)), max_size=60)


def after(told: list[tuple[float, float]]) -> tuple[Pressure, float]:
    """What the samples, each a pause and a lateness, have made of it, and when the last one was."""
    pressure, now = Pressure(0.0), 0.0
    for pause, late in told:
        now += pause
        pressure.sample(now, late)
    return pressure, now


def test_it_works() -> None:
    """On time, late, late by more, on time again."""
    pressure, now = after([(0.02, 0.001)] * 100)
    assert pressure.window == 0
    windows = []
    for late in [0.006] * 20 + [0.05] * 20 + [0.0] * 200:
        now += 0.02
        pressure.sample(now, late)
        windows.append(pressure.window)
    assert 0 < windows[19] < MOST
    assert windows[39] == MOST
    assert 0 < windows[60] < MOST
    assert windows[-1] == 0


@given(samples)
def test_a_window_is_never_longer_than_people_may_notice(told: list[tuple[float, float]]) -> None:
    window = after(told)[0].window
    assert window == 0 or LEAST <= window <= MOST


@given(st.lists(st.tuples(st.floats(0.001, 5), st.floats(0, UNFELT)), max_size=60))
def test_who_keeps_up_lets_nothing_wait(told: list[tuple[float, float]]) -> None:
    assert after(told)[0].window == 0


@given(samples, st.floats(0, 0.1), st.floats(0, 0.1))
def test_who_is_later_lets_things_wait_no_less(told: list[tuple[float, float]], one: float, other: float) -> None:
    less, _ = after([*told, (0.02, min(one, other))])
    more, _ = after([*told, (0.02, max(one, other))])
    assert less.window <= more.window


@given(samples)
def test_it_ends(told: list[tuple[float, float]]) -> None:
    """However late it was, some seconds on time and nothing waits any more."""
    assert after([*told, *[(0.02, 0.0)] * 300])[0].window == 0


@given(samples, st.floats(0.001, 0.1))
def test_it_does_not_go_as_fast_as_it_came(told: list[tuple[float, float]], pause: float) -> None:
    """Or the relief that a window brings would close it at once, and open it again."""
    before = after(told)[0].window
    window = after([*told, (pause, 0.0)])[0].window
    assert window >= 0.9 * before or (window == 0 and before * 0.9 < LEAST)


@given(samples, st.floats(0.001, 100))
def test_a_clock_that_goes_back_changes_nothing_much(told: list[tuple[float, float]], back: float) -> None:
    pressure, now = after(told)
    window = pressure.window
    pressure.sample(now - back, 0.0)
    assert pressure.window == window
