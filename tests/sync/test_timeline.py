"""The rules of the timeline, without a server and without waiting: time is an argument."""

from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sync import buffering, timeline
from sync.buffering import Readiness, Rule
from sync.clock import lead
from sync.timeline import EPOCH, Timeline

NOW = 1_800_000_000.0


def held(**fields: Any) -> Timeline:
    first = Timeline(seq=EPOCH + 1, anchor=NOW, duration=100.0, item="m")
    return msgspec.structs.replace(first, **fields)


def test_it_works() -> None:
    started = timeline.play(held(), seq=EPOCH + 2, now=NOW, lead=0.1)
    assert started is not None
    assert (started.state, started.anchor, started.seq) == ("playing", NOW + 0.1, EPOCH + 2)
    assert started.position_at(NOW) == 0.0
    assert started.position_at(NOW + 10.1) == pytest.approx(10)
    assert started.position_at(NOW + 1000) == 100.0
    stopped = timeline.pause(started, seq=EPOCH + 3, now=NOW + 5.1)
    assert stopped is not None
    assert stopped.state == "paused"
    assert stopped.position == pytest.approx(5)


def test_seq_grows_over_epochs() -> None:
    assert timeline.successor(0, 1) == EPOCH + 1
    assert timeline.successor(EPOCH + 7, 1) == EPOCH + 8
    assert timeline.successor(EPOCH + 7, 3) == 3 * EPOCH + 1
    assert timeline.successor(5 * EPOCH, 3) == 5 * EPOCH + 1


@pytest.mark.parametrize(
    ("at", "position"),
    [(NOW + 9.5, 9.5), (NOW + 9.0, 9.0), (NOW + 8.9, 10.0), (NOW + 10.1, 10.0), (-1e300, 10.0), (1e300, 10.0)],
)
def test_pause_believes_only_the_last_second(at: float, position: float) -> None:
    stopped = timeline.pause(held(state="playing"), seq=EPOCH + 2, now=NOW + 10, at=at)
    assert stopped is not None
    assert stopped.position == pytest.approx(position)


def test_play_at_the_end_begins_anew() -> None:
    started = timeline.play(held(position=100.0), seq=EPOCH + 2, now=NOW, lead=0)
    assert started is not None
    assert started.position == 0.0


def test_a_movie_ends_on_time() -> None:
    playing = held(state="playing", rate=2.0)
    assert playing.ends_at == NOW + 50
    assert timeline.end(playing, seq=EPOCH + 2, now=NOW + 49.9) is None
    ended = timeline.end(playing, seq=EPOCH + 2, now=NOW + 50)
    assert ended is not None
    assert (ended.state, ended.position) == ("paused", 100.0)


def test_an_unknown_duration_never_ends() -> None:
    playing = held(state="playing", duration=None)
    assert playing.ends_at is None
    assert playing.position_at(NOW + 1e6) == pytest.approx(1e6)


def test_rate_keeps_the_position_and_a_scheduled_start() -> None:
    playing = held(state="playing")
    faster = timeline.change_rate(playing, 2.0, seq=EPOCH + 2, now=NOW + 10)
    assert faster is not None
    assert faster.position_at(NOW + 10) == playing.position_at(NOW + 10)
    scheduled = timeline.change_rate(held(state="playing", anchor=NOW + 0.3), 2.0, seq=EPOCH + 2, now=NOW)
    assert scheduled is not None
    assert (scheduled.anchor, scheduled.position) == (NOW + 0.3, 0.0)


def test_a_held_room_goes_back_at_most_three_seconds() -> None:
    playing = held(state="playing")
    for slow_at, position in ((9.0, 9.0), (1.0, 7.0), (50.0, 10.0)):
        stopped = timeline.hold(playing, slow_at, seq=EPOCH + 2, now=NOW + 10, waiting_for=["bob"])
        assert stopped is not None
        assert (stopped.state, stopped.since) == ("waiting", NOW + 10)
        assert stopped.position == pytest.approx(position)


def test_the_timeout_runs_from_entering_waiting() -> None:
    waiting = held(state="waiting", since=NOW - 5, waiting_for=("bob",))
    sought = timeline.seek(waiting, 50, seq=EPOCH + 2, now=NOW, lead=0, waiting_for=["bob"])
    assert sought is not None
    assert (sought.state, sought.since, sought.mark) == ("waiting", NOW - 5, EPOCH + 2)


def test_a_seek_to_the_end_of_a_playing_movie_pauses() -> None:
    sought = timeline.seek(held(state="playing"), 1e9, seq=EPOCH + 2, now=NOW, lead=0.1)
    assert sought is not None
    assert (sought.state, sought.position) == ("paused", 100.0)


def test_a_newly_known_length_clamps() -> None:
    known = timeline.measured(held(position=500.0, duration=None), 60.0, seq=EPOCH + 2, now=NOW)
    assert known is not None
    assert (known.position, known.duration) == (60.0, 60.0)
    assert timeline.measured(known, 60.0, seq=EPOCH + 3, now=NOW) is None


def test_nobody_left() -> None:
    left = timeline.leave(held(state="playing"), seq=EPOCH + 2, heard=NOW + 10)
    assert left is not None
    assert (left.state, left.position) == ("paused", 10.0)


def test_restored_behind_a_clock_that_went_back() -> None:
    restored = timeline.restore(held(state="playing", anchor=NOW + 3600), seq=2 * EPOCH + 1, now=NOW)
    assert (restored.anchor, restored.seq) == (NOW, 2 * EPOCH + 1)


@pytest.mark.parametrize(
    ("downs", "seconds"),
    [([], 0), ([None], 0), ([0], 0.08), ([20, None], 0.08), ([100, 5], 0.16), ([9999], 0.5)],
)
def test_lead(downs: list[float | None], seconds: float) -> None:
    assert lead(downs) == pytest.approx(seconds)


NAMES = ["alice", "bob", "charlie"]


class Party(RuleBasedStateMachine):
    """A room with three players and every command, report and lapse of time in any order.

    `client` applies timelines as a client does: only those with a higher seq than it holds.
    """

    @initialize(policy=st.sampled_from(["everyone", "host", "quorum", "nobody"]), duration=st.none() | st.floats(1, 99))
    def begin(self, policy: Any, duration: float | None) -> None:
        self.now = NOW
        self.rule = Rule(policy, grace=0.5, timeout=15.0, percent=50.0)
        self.held = Timeline(seq=EPOCH + 1, anchor=self.now, duration=duration, mark=EPOCH + 1)
        self.people = {name: Readiness(host=name == "alice") for name in NAMES}
        self.client = self.held
        self.seqs = [self.held.seq]

    @property
    def seq(self) -> int:
        return timeline.successor(self.held.seq, 1)

    def take(self, changed: Timeline | None) -> None:
        if changed is not None:
            self.held = changed
            self.seqs.append(changed.seq)
            if changed.seq > self.client.seq:
                self.client = changed

    def settle(self) -> None:
        for _ in range(50):
            due = buffering.due(self.held, self.people, self.rule, seq=self.seq, now=self.now, lead=0.1)
            if due is None:
                return
            self.take(due.timeline)
            if due.leaves_behind:
                buffering.leave_behind(self.people, self.held.mark)
            if due.stopped_by:
                self.people[due.stopped_by].stopped(self.now)
        raise AssertionError("what is due never ends")

    def missing(self, mark: int) -> list[str]:
        return buffering.outstanding(self.people, self.rule, mark)

    @rule(force=st.booleans())
    def play(self, force: bool) -> None:
        missing = [] if force else self.missing(self.held.mark)
        changed = timeline.play(self.held, seq=self.seq, now=self.now, lead=0.1, waiting_for=missing, force=force)
        if changed is not None and changed.state == "playing":
            buffering.leave_behind(self.people, changed.mark)
        self.take(changed)
        self.settle()

    @rule(ago=st.none() | st.floats(-5, 5))
    def pause(self, ago: float | None) -> None:
        at = None if ago is None else self.now - ago
        self.take(timeline.pause(self.held, seq=self.seq, now=self.now, at=at))
        self.settle()

    @rule(position=st.floats(0, 200))
    def seek(self, position: float) -> None:
        missing = self.missing(self.seq)
        self.take(timeline.seek(self.held, position, seq=self.seq, now=self.now, lead=0.1, waiting_for=missing))
        self.settle()

    @rule(rate=st.floats(0.25, 4))
    def change_rate(self, rate: float) -> None:
        self.take(timeline.change_rate(self.held, rate, seq=self.seq, now=self.now))
        self.settle()

    @rule(item=st.sampled_from(["a", "b"]), duration=st.none() | st.floats(0.5, 150))
    def load(self, item: str, duration: float | None) -> None:
        self.take(timeline.load(self.held, item, seq=self.seq, now=self.now, duration=duration))
        self.settle()

    @rule(duration=st.floats(0.5, 150))
    def measured(self, duration: float) -> None:
        self.take(timeline.measured(self.held, duration, seq=self.seq, now=self.now))
        self.settle()

    @rule(
        name=st.sampled_from(NAMES),
        state=st.sampled_from(["ready", "buffering", "away"]),
        old=st.booleans(),
        position=st.floats(0, 200),
    )
    def report(self, name: str, state: Any, old: bool, position: float) -> None:
        seq = self.held.mark - 1 if old else self.held.seq
        self.people[name].report(state, seq=seq, position=position, held=self.held, now=self.now)
        self.settle()

    @rule(name=st.sampled_from(NAMES))
    def disconnect(self, name: str) -> None:
        self.people[name].connected = False
        self.settle()

    @rule(name=st.sampled_from(NAMES))
    def reconnect(self, name: str) -> None:
        self.people[name].connect(self.held)
        self.settle()

    @rule(seconds=st.floats(0, 40))
    def wait(self, seconds: float) -> None:
        """Time passes, and the room is looked at whenever `wake` asks for it."""
        until = self.now + seconds
        for _ in range(50):
            wake = buffering.wake(self.held, self.people, self.rule)
            if wake is None or wake > until:
                break
            assert wake >= self.now - 1e-6 or self.held.state == "playing"
            self.now = max(self.now, wake)
            before = self.held
            self.settle()
            assert self.held != before, "woken for nothing"
        self.now = until

    @precondition(lambda self: self.held.state == "waiting")
    @rule()
    def waiting_always_ends(self) -> None:
        self.wait(self.rule.timeout)
        assert self.held.state == "playing" or self.held.position_at(self.now) == self.held.duration

    @invariant()
    def seq_strictly_grows(self) -> None:
        assert all(one < two for one, two in zip(self.seqs, self.seqs[1:], strict=False))

    @invariant()
    def the_position_never_leaves_the_movie(self) -> None:
        for at in (self.now - 100, self.now, self.now + 1000):
            position = self.held.position_at(at)
            assert position >= 0
            assert self.held.duration is None or position <= self.held.duration

    @invariant()
    def waiting_names_somebody_and_only_waiting_does(self) -> None:
        assert (self.held.state == "waiting") == bool(self.held.waiting_for) == (self.held.since is not None)

    @invariant()
    def snapshot_and_later_timelines_are_a_fresh_snapshot(self) -> None:
        assert self.client == self.held
        assert msgspec.json.decode(msgspec.json.encode(self.held), type=Timeline) == self.held


TestParty = Party.TestCase
TestParty.settings = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
