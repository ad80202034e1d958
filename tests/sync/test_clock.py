"""The room clock of a process, by samples with known truth: no time passes here."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync.clock import DRIFT, KEPT, SETTLING, SLEW, RoomClock

ROOM = 1_790_000_000.0


class Process:
    """A process whose monotonic clock begins anywhere, and an authority that is asked over a link."""

    def __init__(self, started: float = 5000.0) -> None:
        self.local = started
        self.ahead = ROOM - started
        self.clock = RoomClock(lambda: self.local)

    def ask(self, up: float = 0.0005, down: float = 0.0005) -> float:
        sent = self.local
        told = sent + up + self.ahead
        self.local += up + down
        return self.clock.sample(sent, self.local, told)

    def settle(self, up: float = 0.0005, down: float = 0.0005) -> None:
        for _ in range(SETTLING):
            self.ask(up, down)

    @property
    def error(self) -> float:
        return self.clock.now() - (self.local + self.ahead)


def test_it_works() -> None:
    process = Process()
    process.settle()
    assert process.clock.settled
    process.local += 3.0
    assert process.error == pytest.approx(0, abs=1e-6)


def test_it_is_unknown_before_the_first_sample() -> None:
    process = Process()
    known = [process.clock.known]
    process.ask()
    assert [*known, process.clock.known] == [False, True]
    assert not process.clock.settled


def test_the_fastest_ways_count_though_not_of_the_same_exchange() -> None:
    process = Process()
    process.ask(up=0.001, down=0.080)
    process.ask(up=0.080, down=0.001)
    assert abs(process.error) < 0.0001


def test_while_settling_it_follows_at_once() -> None:
    process = Process()
    process.ask(up=0.4, down=0.0)
    process.ask(up=0.001, down=0.001)
    assert abs(process.error) <= 0.0011


def test_afterwards_it_is_slewed() -> None:
    process = Process()
    process.settle()
    process.ahead += 0.050
    before, errors = process.error, []
    for _ in range(20):
        process.local += 1.0
        process.ask()
        errors.append(process.error)
        assert 0 <= errors[-1] - before <= SLEW + 1e-6
        before = errors[-1]
    assert abs(errors[0]) > 0.040
    assert abs(errors[-1]) < 0.0015


@pytest.mark.parametrize("by", [3600.0, -3600.0, 0.25, -0.25])
def test_a_step_of_the_authority_is_told_and_not_followed(by: float) -> None:
    process = Process()
    process.settle()
    process.ahead += by
    process.local += 1.0
    now = process.clock.now()
    assert process.ask() == pytest.approx(by, abs=0.002)
    assert process.clock.now() - now == pytest.approx(0.001, abs=1e-6)
    process.ahead -= by  # somebody took it out of the shared shift
    assert process.ask() == 0.0
    assert abs(process.error) < 0.001


def test_a_slow_answer_is_no_step() -> None:
    process = Process()
    process.settle()
    assert process.ask(up=20.0, down=0.0) == 0.0
    assert process.ask(up=0.0, down=20.0) == 0.0
    assert abs(process.error) < 0.001


def test_drift_during_an_outage_is_no_step() -> None:
    process = Process()
    process.settle()
    process.local += 3600.0
    process.ahead += 3600 * 40e-6
    assert process.ask() == 0.0
    assert abs(process.error) < 0.145


def test_old_samples_are_forgotten() -> None:
    process = Process()
    process.settle(up=0.0001, down=0.0001)
    for _ in range(KEPT + 1):
        process.local += 2.0
        process.ahead += 2.0 * 10e-6
        process.ask(up=0.0003, down=0.0003)
    assert abs(process.error) < 0.0007


@given(ways=st.lists(st.tuples(st.floats(0, 0.09), st.floats(0, 0.09)), min_size=1, max_size=200))
@example(ways=[(0.0, 0.0)] + 7 * [(0.0, 0.09)])
@example(ways=8 * [(0.0, 0.0)] + 190 * [(0.09, 0.0)])
def test_whatever_the_link_its_error_never_grows_beyond_what_the_samples_allow(ways: list[tuple[float, float]]) -> None:
    process = Process()
    taken: list[tuple[float, float]] = []
    error = 0.0
    for number, (up, down) in enumerate(ways):
        if number >= SETTLING:
            process.local += 1.0
        assert process.ask(up, down) == 0.0
        taken.append((process.local, (up + down) / 2))
        allowed = min(reach + (process.local - at) * DRIFT for at, reach in taken[-KEPT:])
        # While it settles it is as good as its samples at once; afterwards it goes there slowly.
        before, error = error, abs(process.error)
        assert (
            error <= (allowed if number < SETTLING else max(before, allowed)) + 1e-5
        )  # floats near 2e9 are no finer than 2e-7
