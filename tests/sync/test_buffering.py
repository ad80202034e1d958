"""Who is counted, who is ready, and what follows from it."""

from typing import Any

import pytest

from sync import buffering
from sync.buffering import Crowd, Readiness, Rule
from sync.timeline import EPOCH, Timeline

NOW = 1_800_000_000.0
MARK = EPOCH + 5
EVERYONE = Rule()


def timeline(state: Any = "paused", **fields: Any) -> Timeline:
    since = NOW if state == "waiting" else None
    return Timeline(**{"seq": MARK + 3, "mark": MARK, "state": state, "anchor": NOW, "since": since} | fields)


def someone(state: Any = None, seq: int = MARK, *, at: float = NOW, **fields: Any) -> Readiness:
    one = Readiness(**fields)
    if state is not None:
        one.report(state, seq=seq, position=0.0, held=timeline(), now=at)
    return one


def due(held: Timeline, people: dict[str, Readiness], rule: Rule = EVERYONE, now: float = NOW, **more: Any) -> Any:
    return buffering.due(held, people, rule, seq=held.seq + 1, now=now, lead=0.1, **more)


def test_it_works() -> None:
    people = {"alice": someone("ready"), "bob": someone("buffering"), "bot": someone()}
    assert buffering.outstanding(people, EVERYONE, MARK) == ["bob"]
    people["bob"].report("ready", seq=MARK, position=0, held=timeline(), now=NOW)
    assert buffering.outstanding(people, EVERYONE, MARK) == []


@pytest.mark.parametrize(
    ("one", "counted"),
    [
        (someone(), False),
        (someone("ready"), True),
        (someone("buffering"), True),
        (someone("ready", MARK - 1), True),
        (someone("away"), False),
        (someone("ready", connected=False), False),
        (someone("buffering", late=True), False),
        (someone("ready", late=True), True),
    ],
)
def test_who_is_counted(one: Readiness, counted: bool) -> None:
    assert one.counted is counted


def test_an_old_status_does_not_touch_readiness() -> None:
    one = someone("ready")
    one.report("buffering", seq=MARK - 1, position=0, held=timeline(), now=NOW)
    assert one.ready_for(MARK)
    unready = someone("buffering")
    unready.report("ready", seq=MARK - 1, position=0, held=timeline(), now=NOW)
    assert not unready.ready_for(MARK)


def test_load_and_seek_make_unready_and_nothing_else_does() -> None:
    one = someone("ready", MARK + 1)
    assert one.ready_for(MARK)
    assert not one.ready_for(MARK + 4)


def test_nobody_is_ready_for_what_is_yet_to_come() -> None:
    assert not someone("ready", 2**60).ready_for(MARK + 4)


def test_who_comes_back_from_away_must_report_for_what_is_loaded() -> None:
    one = someone("away")
    one.report("ready", seq=MARK - 1, position=0, held=timeline(), now=NOW)
    assert one.counted
    assert not one.ready_for(MARK)
    assert one.stalled_at is None


@pytest.mark.parametrize(("state", "counts"), [("paused", True), ("waiting", True), ("playing", False)])
def test_a_new_connection_begins_anew(state: Any, counts: bool) -> None:
    """It counts from its first status; in a playing room from its first `ready`."""
    one = someone("ready")
    one.connect(timeline(state))
    assert one.counted is False
    one.report("buffering", seq=MARK, position=0, held=timeline(state), now=NOW)
    assert one.counted is counts


def test_only_hosts_count_with_policy_host() -> None:
    people = {"alice": someone("buffering", host=True), "bob": someone("buffering")}
    assert buffering.outstanding(people, Rule("host"), MARK) == ["alice"]


@pytest.mark.parametrize(("percent", "waits"), [(0, False), (50, False), (66, False), (67, True), (100, True)])
def test_a_quorum(percent: float, waits: bool) -> None:
    people = {"alice": someone("ready"), "bob": someone("ready"), "charlie": someone("buffering")}
    assert bool(buffering.outstanding(people, Rule("quorum", percent=percent), MARK)) is waits


def test_nobody_waits_for_nobody() -> None:
    assert buffering.outstanding({"bob": someone("buffering")}, Rule("nobody"), MARK) == []


def test_a_playing_room_stops_after_grace() -> None:
    people = {"alice": someone("ready"), "bob": someone("buffering")}
    people["bob"].position = 8.0
    playing = timeline("playing")
    assert due(playing, people, now=NOW + 0.4) is None
    assert buffering.wake(playing, people, EVERYONE) == NOW + 0.5
    held = due(playing, people, now=NOW + 10)
    assert (held.action, held.by, held.stopped_by) == ("buffering", "bob", "bob")
    assert (held.timeline.state, held.timeline.position) == ("waiting", 8.0)
    assert held.timeline.waiting_for == ("bob",)


def test_not_twice_within_the_timeout() -> None:
    bob = someone("buffering")
    bob.stopped(NOW)
    assert due(timeline("playing"), {"bob": bob}, now=NOW + 14.9) is None
    assert due(timeline("playing"), {"bob": bob}, now=NOW + 15) is not None


def test_not_more_than_three_times_in_ten_minutes() -> None:
    bob = someone("buffering")
    for at in (NOW, NOW + 100, NOW + 200):
        bob.stopped(at)
    assert due(timeline("playing"), {"bob": bob}, now=NOW + 599) is None
    assert due(timeline("playing"), {"bob": bob}, now=NOW + 600) is not None


def test_waiting_ends_when_all_are_ready() -> None:
    waiting = timeline("waiting", waiting_for=("bob",))
    assert due(waiting, {"bob": someone("buffering")}) is None
    resumed = due(waiting, {"bob": someone("ready")})
    assert (resumed.action, resumed.timeline.state, resumed.timeline.anchor) == ("resumed", "playing", NOW + 0.1)


def test_waiting_ends_after_the_timeout_without_the_slow() -> None:
    people = {"alice": someone("ready"), "bob": someone("buffering")}
    waiting = timeline("waiting", waiting_for=("bob",))
    assert buffering.wake(waiting, people, EVERYONE) == NOW + 15
    resumed = due(waiting, people, now=NOW + 15)
    assert resumed.timeline.state == "playing"
    assert resumed.leaves_behind
    buffering.leave_behind(people, MARK)
    assert (people["alice"].counted, people["bob"].counted) == (True, False)
    assert due(resumed.timeline, people, now=NOW + 100) is None
    people["bob"].report("ready", seq=resumed.timeline.seq, position=0, held=resumed.timeline, now=NOW + 100)
    assert people["bob"].counted


def test_who_is_waited_for_is_told() -> None:
    waiting = timeline("waiting", waiting_for=("alice", "bob"))
    fewer = due(waiting, {"alice": someone("ready"), "bob": someone("buffering")})
    assert (fewer.action, fewer.timeline.waiting_for, fewer.timeline.state) == ("resumed", ("bob",), "waiting")
    more = due(fewer.timeline, {"alice": someone("buffering"), "bob": someone("buffering")})
    assert (more.action, more.timeline.waiting_for) == ("buffering", ("alice", "bob"))


def test_at_most_twenty_are_named_and_all_are_waited_for() -> None:
    people = {f"p{number}": someone("buffering") for number in range(30)}
    waiting = timeline("waiting", waiting_for=tuple(list(people)[:20]))
    assert due(waiting, people) is None
    for number in range(20):
        people[f"p{number}"] = someone("ready")
    changed = due(waiting, people)
    assert changed.timeline.waiting_for == tuple(f"p{number}" for number in range(20, 30))


def test_after_a_restart_a_waiting_room_gives_its_people_time_to_return() -> None:
    waiting = timeline("waiting")
    assert due(waiting, {}, returning=True) is None
    assert due(waiting, {}, returning=True, now=NOW + 15).timeline.state == "playing"
    assert due(waiting, {}).timeline.state == "playing"


def test_who_is_waited_for_is_named_in_the_order_of_coming_not_of_reporting() -> None:
    crowd = Crowd()
    crowd |= {"a": someone(), "b": someone()}
    for id in "ba":
        crowd[id].report("ready", seq=MARK, position=0.0, held=timeline(), now=NOW)
        crowd.note(id)
    assert list(crowd.reported) == ["b", "a"]
    assert buffering.outstanding(crowd, EVERYONE, MARK + 1) == ["a", "b"]


def test_a_crowd_keeps_at_hand_whoever_may_be_counted() -> None:
    crowd = Crowd()
    crowd["a"] = someone("ready")
    crowd["b"] = Readiness()
    for id in "ab":
        crowd.note(id)
    assert list(crowd.reported) == ["a"]
    assert buffering.outstanding(crowd, EVERYONE, MARK + 1) == ["a"]
    crowd["b"].report("ready", seq=MARK, position=0.0, held=timeline(), now=NOW)
    crowd.note("b")
    assert buffering.outstanding(crowd, EVERYONE, MARK + 1) == ["a", "b"]
    crowd["b"].connect(timeline())
    del crowd["a"]
    for id in "ab":
        crowd.note(id)
    assert buffering.outstanding(crowd, EVERYONE, MARK + 1) == []
    assert not crowd.reported
