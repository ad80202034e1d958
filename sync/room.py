"""One open room: who takes part, in all processes, and the timeline as it was last heard of.

`sync.live` opens it; only `sync.commits` changes its timeline and only `sync.presence` its participants. What other
processes do comes to `sync.peers`.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain, islice
from time import monotonic
from typing import TYPE_CHECKING

from sync import clock
from sync.buffering import Crowd, Rule
from sync.hub import Hub
from sync.participants import Participant
from sync.ports import RoomSettings
from sync.protocol import Message, RoomView, Snapshot, timeline_keys
from sync.timeline import Timeline

if TYPE_CHECKING:
    from sync.live import Live  # which makes rooms

PARTICIPANTS_SHOWN = 200
NEXT_IN = 5.0
"""Seconds from the end of a movie to the next one."""


@dataclass(slots=True)
class Roster:
    """What a large room has not been told yet."""

    joined: dict[str, Participant] = field(default_factory=dict)
    changed: dict[str, Participant] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)


class Room:
    """One open room."""

    def __init__(self, live: "Live", settings: RoomSettings, held: Timeline, heard: float) -> None:
        self.live = live
        self.now = live.store.now
        self.id = settings.id
        self.settings = settings
        self.rule = rule(settings)
        self.timeline = held
        self.told = held.seq
        """The newest timeline that the sockets here were told of."""
        self.news: asyncio.Future[None] | None = None
        """Done when `told` grows: somebody waits to hear of a change that another process made."""
        self.early: deque[Callable[[], None]] | None = None
        """News of other processes that wait for the store's answer to this one; None while it isn't asked."""
        self.newest: Message | None = None
        self.hub = Hub(live.pace)
        self.participants: dict[str, Participant] = {}
        self.readiness = Crowd()
        self.by_user: dict[str, dict[str, Participant]] = {}
        self.untold: dict[str, Participant] = {}
        """Whose numbers changed since the room was last told."""
        self.lock = asyncio.Lock()
        self.heard = heard
        self.used = monotonic()
        self.abandon_at: float | None = None
        """When the room is paused if nobody has come (back) by then."""
        self.returning = False
        self.waiting_told = 0.0
        self.chat_seq: int | None = None
        self.chat_lock = asyncio.Lock()
        self.roster = Roster()
        self.told_numbers = 0.0
        self.voting = False
        """Somebody has voted to skip a movie."""
        self.moving_on = False
        """The next movie is being looked for (`sync.upnext`)."""
        self.ended_at: float | None = None
        """The `next_at` at which there was no next movie."""
        self.settling = False
        """A `settling.settle` is about to begin."""
        self.timer: asyncio.TimerHandle | None = None
        self.timer_loop: asyncio.AbstractEventLoop | None = None
        self.saved_seq = 0
        """The newest timeline that the archive is known to have."""
        self._longest: float | None = None
        self._longest_known = True

    @property
    def is_open(self) -> bool:
        return self.live.rooms.get(self.id) is self

    def add(self, one: Participant) -> None:
        self.participants[one.id] = one
        self.readiness[one.id] = one.readiness
        self.readiness.note(one.id)
        self.by_user.setdefault(one.user, {})[one.id] = one

    def remove(self, one: Participant) -> None:
        del self.participants[one.id], self.readiness[one.id]
        self.readiness.note(one.id)
        theirs = self.by_user[one.user]
        del theirs[one.id]
        if not theirs:
            del self.by_user[one.user]
        self.untold.pop(one.id, None)
        self.hub.leave(one.id)

    def lead(self) -> float:
        """Seconds from now to a scheduled start. Everybody is asked only where the longest way may be shorter now."""
        if not self._longest_known:
            downs = (one.down for one in self.participants.values() if one.connected)
            self._longest = max((down for down in downs if down is not None), default=None)
            self._longest_known = True
        return clock.lead([self._longest])

    def way(self, before: float | None, after: float | None) -> None:
        """The way to a participant changed, or counts (no longer). In ms; None where it is unknown or doesn't count."""
        if after is not None and (self._longest is None or after >= self._longest):
            self._longest, self._longest_known = after, True
        elif before is not None and before == self._longest:
            self._longest_known = False

    def configure(self, settings: RoomSettings) -> None:
        self.settings = settings
        self.rule = rule(settings)

    @property
    def view(self) -> RoomView:
        told = self.settings
        return RoomView(
            told.code, told.name, told.control, told.buffering, told.auto_next, told.skip_votes, told.slow_mode
        )

    def snapshot(self, *, chat_seq: int) -> Snapshot:
        """What holds now, with as many participants as are shown, the connected ones first."""
        everybody = self.participants.values()
        here = (one for one in everybody if one.connected)
        offline = (one for one in everybody if not one.connected)
        shown = [one.view for one in islice(chain(here, offline), PARTICIPANTS_SHOWN)]
        return Snapshot(self.view, timeline_keys(self.timeline), shown, len(everybody), self.now(), chat_seq)


def rule(settings: RoomSettings) -> Rule:
    """The rule in a room's settings; what is missing has its default."""
    buffering = settings.buffering
    return Rule(
        policy=buffering.get("policy", "everyone"),
        grace=float(buffering.get("grace", 0.5)),
        timeout=float(buffering.get("timeout", 15)),
        percent=float(buffering.get("percent") or 100),
        next_in=NEXT_IN if settings.auto_next else None,
    )
