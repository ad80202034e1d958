"""The timeline of a room: one immutable state vector and the transitions between its values.

Positions are media seconds, instants are room-clock seconds (float, near the Unix epoch). A transition takes the
timeline that holds and the `seq` of its successor; it returns the successor, or None where nothing would change.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

State = Literal["paused", "playing", "waiting"]

EPOCH = 2**32
"""A `seq` is epoch * EPOCH + n."""

REMEMBERED = 1.0
"""A pause may name an instant at most this many seconds ago."""

HOLD_BACK = 3.0
"""A room that is held for a slow participant goes back at most this many media seconds."""

WAITING_SHOWN = 20
"""`waiting_for` names at most so many participants."""

NEXT_LATE = 10.0
"""A next movie that was announced for longer ago than this isn't started any more: nobody expects it now."""


class Timeline(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What holds in a room from `anchor` on. The fields after `waiting_for` are not told to clients."""

    seq: int
    item: str | None = None
    position: float = 0.0
    rate: float = 1.0
    state: State = "paused"
    anchor: float = 0.0
    waiting_for: tuple[str, ...] = ()

    duration: float | None = None
    """Length of `item` in seconds, None while it is unknown."""
    mark: int = 0
    """`seq` of the last load or seek: who is ready for an older one is not ready."""
    since: float | None = None
    """Since when the room waits."""
    next_at: float | None = None
    """When the next movie of the queue is loaded by itself, after this one has ended."""

    def position_at(self, now: float) -> float:
        """Where the movie is at `now`, never outside of it."""
        if self.state != "playing":
            return self.position
        return self.within(self.position + self.rate * max(0.0, now - self.anchor))

    def within(self, position: float) -> float:
        """`position`, clamped to the movie."""
        return max(0.0, position if self.duration is None else min(position, self.duration))

    @property
    def ends_at(self) -> float | None:
        """When a playing movie reaches its end; None if it doesn't play or nobody knows how long it is."""
        if self.state != "playing" or self.duration is None:
            return None
        return self.anchor + (self.duration - self.position) / self.rate

    @property
    def at_end(self) -> bool:
        return self.duration is not None and self.position >= self.duration


def successor(seq: int, epoch: int) -> int:
    """The `seq` after `seq` under the authority of `epoch`."""
    return max(seq + 1, epoch * EPOCH + 1)


def play(
    held: Timeline, *, seq: int, now: float, lead: float, waiting_for: Sequence[str] = (), force: bool = False
) -> Timeline | None:
    """Start after `lead` seconds, or wait for those who are not ready; `force` waits for nobody."""
    if held.state == "playing" or (held.state == "waiting" and not force):
        return None
    position = 0.0 if held.at_end else held.position
    if waiting_for and not force:
        return _waiting(held, seq=seq, now=now, position=position, waiting_for=waiting_for)
    return _started(held, seq=seq, now=now, lead=lead, position=position)


def pause(held: Timeline, *, seq: int, now: float, at: float | None = None) -> Timeline | None:
    """Stop where the movie was at `at`, when that lies within the last second, else where it is now."""
    if held.state == "paused":
        # Who presses pause while the next movie is announced wants to stay here.
        announced = held.next_at is not None and now < held.next_at
        return msgspec.structs.replace(held, seq=seq, next_at=None) if announced else None
    when = at if at is not None and now - REMEMBERED <= at <= now else now
    return _paused(held, seq=seq, anchor=when, position=held.position_at(when))


def seek(
    held: Timeline, position: float, *, seq: int, now: float, lead: float, waiting_for: Sequence[str] = ()
) -> Timeline | None:
    """Jump. A playing room goes on from there, once those in `waiting_for` are ready."""
    position = held.within(position)
    if held.state == "paused":
        if position == held.position:
            return None
        return msgspec.structs.replace(held, seq=seq, position=position, anchor=now, mark=seq, next_at=None)
    held = msgspec.structs.replace(held, mark=seq)
    if held.duration is not None and position >= held.duration:
        return _paused(held, seq=seq, anchor=now, position=position)
    if waiting_for:
        return _waiting(held, seq=seq, now=now, position=position, waiting_for=waiting_for)
    return _started(held, seq=seq, now=now, lead=lead, position=position)


def change_rate(held: Timeline, rate: float, *, seq: int, now: float) -> Timeline | None:
    """Change the speed; the position runs on without a jump, and a scheduled start stays where it is."""
    if rate == held.rate:
        return None
    if held.state != "playing":
        return msgspec.structs.replace(held, seq=seq, rate=rate)
    anchor = max(now, held.anchor)
    return msgspec.structs.replace(held, seq=seq, rate=rate, position=held.position_at(anchor), anchor=anchor)


def load(held: Timeline, item: str | None, *, seq: int, now: float, duration: float | None) -> Timeline | None:
    """Load a movie at its beginning, paused."""
    if item == held.item and held.state == "paused" and held.position == 0.0 and held.duration == duration:
        return None
    held = msgspec.structs.replace(held, item=item, duration=duration, mark=seq)
    return _paused(held, seq=seq, anchor=now, position=0.0)


def measured(held: Timeline, duration: float, *, seq: int, now: float) -> Timeline | None:
    """The loaded movie turned out to be `duration` seconds long."""
    if held.duration == duration:
        return None
    position = held.position_at(now)
    known = msgspec.structs.replace(held, seq=seq, duration=duration)
    if position >= duration:
        return _paused(known, seq=seq, anchor=now, position=duration)
    return known


def hold(held: Timeline, position: float, *, seq: int, now: float, waiting_for: Sequence[str]) -> Timeline | None:
    """Stop a playing room for a slow participant who is at `position`."""
    if held.state != "playing":
        return None
    here = held.position_at(now)
    back = held.within(min(here, max(position, here - HOLD_BACK)))
    return _waiting(held, seq=seq, now=now, position=back, waiting_for=waiting_for)


def resume(held: Timeline, *, seq: int, now: float, lead: float) -> Timeline | None:
    """End the waiting by a scheduled start."""
    if held.state != "waiting":
        return None
    return _started(held, seq=seq, now=now, lead=lead, position=held.position)


def wait_for(held: Timeline, waiting_for: Sequence[str], *, seq: int) -> Timeline | None:
    """Only the names of those who are waited for have changed."""
    shown = tuple(waiting_for[:WAITING_SHOWN])
    if held.state != "waiting" or shown == held.waiting_for:
        return None
    return msgspec.structs.replace(held, seq=seq, waiting_for=shown)


def end(held: Timeline, *, seq: int, now: float, next_in: float | None = None) -> Timeline | None:
    """Pause at the end, once a playing movie has reached it; the next one is announced for `next_in` seconds later."""
    ends_at = held.ends_at
    if ends_at is None or held.duration is None or now < ends_at:
        return None
    ended = _paused(held, seq=seq, anchor=max(ends_at, held.anchor), position=held.duration)
    return ended if next_in is None else msgspec.structs.replace(ended, next_at=now + next_in)


def leave(held: Timeline, *, seq: int, heard: float) -> Timeline | None:
    """Nobody is left: pause where the movie was when anyone was last heard."""
    if held.state == "paused":
        return None
    return _paused(held, seq=seq, anchor=heard, position=held.position_at(heard))


def restore(held: Timeline, *, seq: int, now: float) -> Timeline:
    """The same timeline under a new authority, whose clock may be behind the old one's; waiting begins anew."""
    since = now if held.state == "waiting" else None
    anchor = min(held.anchor, now)
    next_at = held.next_at if held.next_at is not None and now < held.next_at + NEXT_LATE else None
    return msgspec.structs.replace(held, seq=seq, anchor=anchor, waiting_for=(), since=since, next_at=next_at)


def _paused(held: Timeline, *, seq: int, anchor: float, position: float) -> Timeline:
    return msgspec.structs.replace(
        held, seq=seq, state="paused", position=position, anchor=anchor, waiting_for=(), since=None, next_at=None
    )


def _started(held: Timeline, *, seq: int, now: float, lead: float, position: float) -> Timeline:
    return msgspec.structs.replace(
        held, seq=seq, state="playing", position=position, anchor=now + lead, waiting_for=(), since=None, next_at=None
    )


def _waiting(held: Timeline, *, seq: int, now: float, position: float, waiting_for: Sequence[str]) -> Timeline:
    since = held.since if held.state == "waiting" else now
    shown = tuple(waiting_for[:WAITING_SHOWN])
    return msgspec.structs.replace(
        held,
        seq=seq,
        state="waiting",
        position=position,
        anchor=now,
        waiting_for=shown,
        since=since,
        next_at=None,
    )
