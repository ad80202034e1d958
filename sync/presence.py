"""Who takes part: the only writer of a room's participants, and what the others are told of them.

Each process shares the records of those whose sockets it has, at once where readiness, state, role or name change,
with their numbers once a second otherwise; `seen` takes the other processes' records. Up to 50 participants each
change is a `presence` message of its own; larger rooms get a `roster` once a second.
"""

from itertools import islice
from typing import Any, Literal

from sync import buffering, participants, protocol, sessions
from sync.participants import Participant, Record
from sync.ports import Admission
from sync.protocol import Clock, Status
from sync.room import Room, Roster
from sync.sockets import Connection

Event = Literal["joined", "left", "changed"]

SMALL = 50
TELL_EVERY = 1.0
"""Seconds between two rosters, and between two tellings of numbers."""
NUMBERS_AT_ONCE = 50
"""Participants of a large room whose numbers are told at once: all of them to all of them would be quadratic."""
DOWN_STEP = 5.0
"""A `down` that changes by so many ms is shared at once."""


def connections_of(room: Room, user: str) -> int:
    return sum(1 for one in room.by_user.get(user, {}).values() if one.connected)


def join(room: Room, admission: Admission, connection: Connection, *, resumes: str | None) -> Participant:
    """Take a socket into the room, as the participant it `resumes` or as a new one."""
    id = resumes or sessions.new_participant_id()
    known = room.participants.get(id)
    participant = known or Participant(id, admission.user_id, admission.name, admission.role, admission.sid)
    if participant.connection is not None:
        participant.connection.close(4409, "resumed")
    participant.name, participant.role, participant.sid = admission.name, admission.role, admission.sid
    participant.muted, participant.controls = admission.muted, admission.controls
    participant.joined = participant.joined or room.now()
    participant.connection, participant.offline_since = connection, None
    participant.home, participant.since = room.live.store.process, room.now()
    participant.readiness.host = admission.role == "host"
    participant.readiness.connect(room.timeline)
    room.add(participant)
    room.way(None, participant.down)
    room.hub.enter(id, connection)
    room.abandon_at = None
    room.heard = participant.since
    share(room, participant)
    tell(room, participant, "changed" if known else "joined", but=id)
    if known is None:
        _thin_out(room, admission.user_id)
    return participant


def _thin_out(room: Room, user: str) -> None:
    """Who comes and goes leaves no crowd of the offline behind: beyond the limit the oldest of them leaves."""
    most = room.live.limits.connections_per_user
    theirs = list(room.by_user[user].values()) if most else []
    offline = sorted((one.offline_since, one.id) for one in theirs if one.offline_since is not None)
    for _, id in offline[: max(0, len(theirs) - most)]:
        leave(room, room.participants[id])


def _withdraw(room: Room, user: str) -> None:
    """Two processes that admit a user at the same instant may both take the last place: who came later gives way,
    which every process sees alike."""
    most = room.live.limits.connections_per_user
    theirs = [one for one in room.by_user[user].values() if one.connected] if most else []
    for one in sorted(theirs, key=lambda one: (one.since, one.id))[most:]:
        if one.connection is not None:
            one.connection.close(4429, "connections")
            leave(room, one)


def went_offline(room: Room, participant: Participant, connection: Connection) -> bool:
    """Its socket is gone; False if a newer one has taken over already."""
    if participant.connection is not connection:
        return False
    participant.connection = None
    room.hub.leave(participant.id)
    _offline(room, participant)
    return True


def lost(room: Room, participant: Participant) -> None:
    """The process that had its socket is gone."""
    _offline(room, participant)


def _offline(room: Room, participant: Participant) -> None:
    room.way(participant.down, None)
    participant.readiness.connected = False
    participant.offline_since = room.now()
    share(room, participant)
    tell(room, participant, "changed")


def leave(room: Room, participant: Participant) -> None:
    """It is gone for good. An empty room is paused by the next `settling.settle`."""
    if participant.id in room.participants:
        room.live.store.drop(room.id, participant.id)
        _remove(room, participant)


def _remove(room: Room, participant: Participant) -> None:
    if participant.connected:
        room.way(participant.down, None)
    room.remove(participant)
    participant.connection = None
    participant.readiness.connected = False
    if not room.participants:
        room.abandon_at = room.now()
    tell(room, participant, "left")


def expire(room: Room) -> list[str]:
    """Let those leave who have been offline for too long; returns their ids."""
    limit = room.now() - room.live.limits.offline_seconds
    gone = [one for one in room.participants.values() if one.offline_since is not None and one.offline_since <= limit]
    for one in gone:
        leave(room, one)
    return [one.id for one in gone]


def report(room: Room, participant: Participant, status: Status) -> None:
    """Take a `status`: the state at once, the numbers with the next telling."""
    told = participant.readiness
    mark = room.timeline.mark
    state, before = told.state, told.standing(mark)
    told.report(status.state, seq=status.seq, position=status.position, held=room.timeline, now=room.now())
    room.readiness.note(participant.id)
    if told.counted:
        room.returning = False
    participant.position = room.timeline.within(status.position)
    if status.drift is not None:
        participant.drift = status.drift
    room.untold[participant.id] = participant
    if told.standing(mark) != before:
        share(room, participant)
    if told.state != state:
        tell(room, participant, "changed")


def measure(room: Room, participant: Participant, exchange: Clock) -> None:
    """Take what a `clock` message tells of the way to this participant."""
    if exchange.down is not None and exchange.down != participant.down:
        room.way(participant.down, exchange.down)
        participant.down = exchange.down
        if participant.shared_down is None or abs(participant.shared_down - exchange.down) >= DOWN_STEP:
            share(room, participant)
    if exchange.rtt is not None and exchange.rtt != participant.rtt:
        participant.rtt = exchange.rtt
        room.untold[participant.id] = participant


def change(
    room: Room,
    participant: Participant,
    *,
    role: str | None = None,
    name: str | None = None,
    muted: bool | None = None,
    controls: bool | None = None,
) -> None:
    """A new role, name or right."""
    before = _told_at_once(participant)
    if role is not None:
        participant.role = role
        participant.readiness.host = role == "host"
    if name is not None:
        participant.name = name
    if muted is not None:
        participant.muted = muted
    if controls is not None:
        participant.controls = controls
    if _told_at_once(participant) == before:
        return  # its own process was faster
    if participant.connection is not None:
        share(room, participant)
    tell(room, participant, "changed")


def leave_behind(room: Room, mark: int) -> None:
    """The room goes on without those who are not ready."""
    for id in buffering.leave_behind(room.readiness, mark):
        if room.participants[id].connection is not None:
            share(room, room.participants[id])


def stopped(room: Room, id: str, at: float) -> None:
    """A participant stopped the room at that instant."""
    if one := room.participants.get(id):
        one.readiness.stopped(at)
        if one.connection is not None:
            share(room, one)


# What processes tell each other


def share(room: Room, participant: Participant) -> None:
    """Tell the other processes how it is with this participant."""
    participant.shared_down = participant.down
    room.live.store.put(room.id, participant.id, participants.encode(participant))


def seen(room: Room, id: str, record: Record | None) -> bool:
    """Take what another process says of a participant; False if nothing has changed by it."""
    one = room.participants.get(id)
    if one is not None and one.connection is not None:
        newer = record is not None and (record.since, record.home) > (one.since, one.home)
        if record is None or not record.connected or not newer:
            share(room, one)  # they could not know that it is here
            return False
        one.connection.close(4409, "resumed")
        one.connection = None
        room.hub.leave(id)
    if record is None:
        if one is not None:
            _remove(room, one)
        return one is not None
    return _updated(room, one, id, record)


def _updated(room: Room, known: Participant | None, id: str, record: Record) -> bool:
    one = known or Participant(id, record.user, record.name, record.role, record.sid)
    before, was_connected = _told_at_once(one), known is not None and one.connected
    mark = room.timeline.mark
    standing = one.readiness.standing(mark)
    ways = one.down if known and one.connected else None, record.down if record.connected else None
    participants.update(one, record)
    room.readiness.note(id)
    if ways[0] != ways[1]:
        room.way(*ways)
    if one.offline_since is not None and known is None:
        one.offline_since = max(one.offline_since, room.live.returns_until - room.live.limits.offline_seconds)
    if one.connected:
        room.abandon_at = None
        room.heard = max(room.heard, room.now())
    if one.readiness.counted:
        room.returning = False
    if known is None:
        room.add(one)
    if one.connected and not was_connected:
        _withdraw(room, one.user)
    if known is None:
        tell(room, one, "joined")
    elif _told_at_once(one) != before:
        tell(room, one, "changed")
    else:
        room.untold[id] = one
    return known is None or one.readiness.standing(mark) != standing


def _told_at_once(one: Participant) -> tuple[Any, ...]:
    return one.name, one.role, one.muted, one.controls, one.connected, one.readiness.state


# What the room is told


def tell(room: Room, participant: Participant, event: Event, *, but: str | None = None) -> None:
    roster = room.roster
    # The room may have shrunk, or grow again, before what has gathered is told.
    if event == "left":
        roster.joined.pop(participant.id, None)
        roster.changed.pop(participant.id, None)
    elif event == "joined":
        roster.left.discard(participant.id)
    if len(room.participants) <= SMALL:
        room.untold.pop(participant.id, None)
        if room.hub.connections:
            room.hub.publish(protocol.presence(participant.view, event), but=but)
        return
    if event == "left":
        roster.left.add(participant.id)
    elif event == "joined":
        roster.joined[participant.id] = participant
    elif participant.id not in roster.joined:
        roster.changed[participant.id] = participant


def tell_numbers(room: Room, now: float) -> None:
    """Once a second: what has only gathered so far."""
    if now - room.told_numbers < TELL_EVERY:
        return
    room.told_numbers = now
    most = len(room.untold) if len(room.participants) <= SMALL else NUMBERS_AT_ONCE
    for one in list(islice(room.untold.values(), most)):
        del room.untold[one.id]
        if one.connection is not None:
            share(room, one)
        tell(room, one, "changed")
    roster = room.roster
    if roster.joined or roster.changed or roster.left:
        room.roster = Roster()
        joined = [one.view for one in roster.joined.values()]
        changed = [one.view for one in roster.changed.values()]
        room.hub.publish(protocol.roster(joined, changed, sorted(roster.left), len(room.participants)))
