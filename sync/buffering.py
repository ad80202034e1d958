"""Waiting for all: who is counted, who is ready, and when a room stops or goes on for it.

Pure state: one `Readiness` for each participant, changed by its own reports only. What follows from them for the
timeline is told by `due`, and when to look again by `wake`. Instants are room-clock seconds.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sync import timeline
from sync.timeline import Timeline

Policy = Literal["everyone", "host", "quorum", "nobody"]
PlayerState = Literal["ready", "buffering", "away"]

MOST_HOLDS, HOLD_WINDOW = 3, 600.0
"""One participant stops a room at most so many times in so many seconds."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A room's `buffering` setting; `grace` and `timeout` in seconds."""

    policy: Policy = "everyone"
    grace: float = 0.5
    timeout: float = 15.0
    percent: float = 100.0
    next_in: float | None = None
    """So long after the end of a movie the next one of the queue is loaded; None: only when somebody asks for it."""


@dataclass(slots=True)
class Readiness:
    """What one participant's player has told on its present connection."""

    host: bool = False
    connected: bool = True
    late: bool = False
    """It joined a playing room, or was left behind: counts from its next `ready` only."""
    reported: bool = False
    state: PlayerState = "ready"
    ready_seq: int = -1
    position: float = 0.0
    stalled_at: float | None = None
    """Since when it buffers what is loaded now."""
    holds: list[float] = field(default_factory=list)
    """When it stopped the room."""

    @property
    def counted(self) -> bool:
        return self.connected and self.reported and not self.late and self.state != "away"

    def ready_for(self, mark: int) -> bool:
        return self.state == "ready" and self.ready_seq >= mark

    def standing(self, mark: int) -> tuple[object, ...]:
        """All of it that waiting for all depends on: what every process must know without delay."""
        return self.connected, self.reported, self.late, self.state, self.ready_for(mark), self.stalled_at

    def connect(self, held: Timeline) -> None:
        """A new connection: nothing is known of its player yet."""
        self.connected = True
        self.late = held.state == "playing"
        self.reported = False
        self.state = "ready"
        self.ready_seq = -1
        self.stalled_at = None

    def report(self, state: PlayerState, *, seq: int, position: float, held: Timeline, now: float) -> None:
        """Take a `status`. One for an older load or seek doesn't touch readiness."""
        self.reported = True
        if state == "away":
            self.state, self.stalled_at = "away", None
        elif seq < held.mark:
            if self.state == "away":
                self.state, self.stalled_at = "buffering", None
        elif state == "ready":
            self.state, self.stalled_at, self.late = "ready", None, False
            self.ready_seq = min(seq, held.seq)
        else:
            if self.stalled_at is None:
                self.stalled_at = now
            self.state, self.position = "buffering", position

    def stopped(self, now: float) -> None:
        """It stopped the room."""
        self.holds = [*self.holds[1 - MOST_HOLDS :], now]

    def holds_from(self, rule: Rule) -> float:
        """The first instant at which it may stop the room again."""
        if not self.holds:
            return -math.inf
        free = self.holds[-1] + rule.timeout
        if len(self.holds) >= MOST_HOLDS:
            free = max(free, self.holds[-MOST_HOLDS] + HOLD_WINDOW)
        return free


People = Mapping[str, Readiness]


class Crowd(dict[str, Readiness]):
    """A room's people, with those at hand whose players have reported, or have run dry: no command looks at everybody
    for them."""

    def __init__(self) -> None:
        super().__init__()
        self.reported: dict[str, Readiness] = {}
        self.dry: dict[str, Readiness] = {}

    def note(self, id: str) -> None:
        """Look at one who came, left or reported."""
        one = self.get(id)
        if one is not None and one.reported:
            self.reported[id] = one
        else:
            self.reported.pop(id, None)
        if one is not None and one.stalled_at is not None:
            self.dry[id] = one
        else:
            self.dry.pop(id, None)


def _reported(people: People) -> People:
    """All who may be counted, and perhaps others."""
    return people.reported if isinstance(people, Crowd) else people


def _dry(people: People) -> People:
    """All who buffer what is loaded, and perhaps others."""
    return people.dry if isinstance(people, Crowd) else people


def outstanding(people: People, rule: Rule, mark: int) -> list[str]:
    """Ids of the counted who are not ready for `mark`; empty when nobody needs to be waited for."""
    if rule.policy == "nobody":
        return []
    counted = 0
    late = set()
    for id, one in _reported(people).items():
        if one.counted and (rule.policy != "host" or one.host):
            counted += 1
            if not one.ready_for(mark):
                late.add(id)
    if rule.policy == "quorum" and counted - len(late) >= math.ceil(counted * rule.percent / 100):
        return []
    return [id for id in people if id in late] if late else []


def leave_behind(people: People, mark: int) -> list[str]:
    """The room goes on without those who are not ready; each counts again from its next `ready`. Returns their ids."""
    behind = [id for id, one in _reported(people).items() if one.counted and not one.ready_for(mark)]
    for id in behind:
        people[id].late = True
    return behind


@dataclass(frozen=True, slots=True)
class Due:
    """A change that nobody commanded."""

    timeline: Timeline
    action: Literal["buffering", "resumed", "ended"]
    by: str | None = None
    stopped_by: str | None = None
    leaves_behind: bool = False
    timed: bool = False
    """It was time that did it, nobody's report."""


def due(
    held: Timeline, people: People, rule: Rule, *, seq: int, now: float, lead: float, returning: bool = False
) -> Due | None:
    """What time and the participants' reports have made of `held`, or None while it holds.

    `returning`: the server restarted while the room waited, so that nobody has had a chance to be counted yet.
    """
    if held.state == "playing":
        if ended := timeline.end(held, seq=seq, now=now, next_in=rule.next_in):
            return Due(ended, "ended", timed=True)
        return _hold(held, people, rule, seq=seq, now=now)
    if held.state != "waiting":
        return None
    missing = outstanding(people, rule, held.mark)
    timed_out = held.since is None or now >= held.since + rule.timeout
    if timed_out or not (missing or returning):
        resumed = timeline.resume(held, seq=seq, now=now, lead=lead)
        return Due(resumed, "resumed", leaves_behind=True, timed=timed_out) if resumed else None
    changed = timeline.wait_for(held, missing, seq=seq)
    if changed is None:
        return None
    fewer = set(changed.waiting_for) <= set(held.waiting_for)
    return Due(changed, "resumed" if fewer else "buffering")


def _hold(held: Timeline, people: People, rule: Rule, *, seq: int, now: float) -> Due | None:
    slow = [id for id, one in _dry(people).items() if one.stalled_at is not None and one.counted]
    if not slow:
        return None
    missing = outstanding(people, rule, held.mark)
    for id in slow:
        one = people[id]
        if id in missing and now >= _holds_at(one, rule):
            stopped = timeline.hold(held, one.position, seq=seq, now=now, waiting_for=missing)
            return Due(stopped, "buffering", by=id, stopped_by=id) if stopped else None
    return None


def _holds_at(one: Readiness, rule: Rule) -> float:
    assert one.stalled_at is not None
    return max(one.stalled_at + rule.grace, one.holds_from(rule))


def wake(held: Timeline, people: People, rule: Rule) -> float | None:
    """When `due` may next find something though nobody reported anything."""
    if held.state == "waiting":
        return None if held.since is None else held.since + rule.timeout
    if held.state != "playing":
        return None
    times = [] if held.ends_at is None else [held.ends_at]
    if any(one.stalled_at is not None and one.counted for one in _dry(people).values()):
        missing = (people[id] for id in outstanding(people, rule, held.mark))
        times += [_holds_at(one, rule) for one in missing if one.stalled_at is not None]
    return min(times, default=None)
