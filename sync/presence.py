"""Who takes part: the only writer of a room's participants, and what the others are told of them.

Up to 50 participants each change is a `presence` message of its own; larger rooms get a `roster` once a second.
"""

from typing import Literal

from sync import protocol, sessions
from sync.hub import Connection
from sync.live import Participant, Room, Roster
from sync.ports import Admission
from sync.protocol import Clock, Status

Event = Literal["joined", "left", "changed"]

SMALL = 50
TELL_EVERY = 1.0
"""Seconds between two rosters, and between two tellings of numbers."""


def connections_of(room: Room, user: str) -> int:
    return sum(1 for one in room.participants.values() if one.user == user and one.connection is not None)


def join(room: Room, admission: Admission, connection: Connection, *, resumes: str | None) -> Participant:
    """Take a socket into the room, as the participant it `resumes` or as a new one."""
    id = resumes or sessions.new_participant_id()
    known = room.participants.get(id)
    participant = known or Participant(id, admission.user_id, admission.name, admission.role, admission.sid)
    if participant.connection is not None:
        participant.connection.close(4409, "resumed")
    participant.name, participant.role, participant.sid = admission.name, admission.role, admission.sid
    participant.connection, participant.offline_since = connection, None
    participant.readiness.host = admission.role == "host"
    participant.readiness.connect(room.timeline)
    room.participants[id] = participant
    room.readiness[id] = participant.readiness
    room.hub.connections[id] = connection
    room.abandon_at = None
    room.heard = room.now()
    tell(room, participant, "changed" if known else "joined", but=id)
    if known is None:
        _thin_out(room, admission.user_id)
    return participant


def _thin_out(room: Room, user: str) -> None:
    """Who comes and goes leaves no crowd of the offline behind: beyond the limit the oldest of them leaves."""
    most = room.live.limits.connections_per_user
    theirs = [one for one in room.participants.values() if one.user == user] if most else []
    offline = sorted((one.offline_since, one.id) for one in theirs if one.offline_since is not None)
    for _, id in offline[: max(0, len(theirs) - most)]:
        leave(room, room.participants[id])


def went_offline(room: Room, participant: Participant, connection: Connection) -> bool:
    """Its socket is gone; False if a newer one has taken over already."""
    if participant.connection is not connection:
        return False
    participant.connection = None
    participant.readiness.connected = False
    participant.offline_since = room.now()
    room.hub.connections.pop(participant.id, None)
    tell(room, participant, "changed")
    return True


def leave(room: Room, participant: Participant) -> None:
    """It is gone for good. An empty room is paused by the next `commands.settle`."""
    if room.participants.pop(participant.id, None) is None:
        return
    room.readiness.pop(participant.id, None)
    room.hub.connections.pop(participant.id, None)
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
    before = participant.readiness.state
    participant.readiness.report(
        status.state, seq=status.seq, position=status.position, held=room.timeline, now=room.now()
    )
    if participant.readiness.counted:
        room.returning = False
    participant.position = room.timeline.within(status.position)
    if status.drift is not None:
        participant.drift = status.drift
    participant.untold = True
    if participant.readiness.state != before:
        tell(room, participant, "changed")


def measure(participant: Participant, exchange: Clock) -> None:
    """Take what a `clock` message tells of the way to this participant."""
    if exchange.down is not None:
        participant.down = exchange.down
    if exchange.rtt is not None and exchange.rtt != participant.rtt:
        participant.rtt = exchange.rtt
        participant.untold = True


def change(room: Room, participant: Participant, *, role: str | None = None, name: str | None = None) -> None:
    """A new role or name."""
    if role is not None:
        participant.role = role
        participant.readiness.host = role == "host"
    if name is not None:
        participant.name = name
    tell(room, participant, "changed")


def tell(room: Room, participant: Participant, event: Event, *, but: str | None = None) -> None:
    roster = room.roster
    # The room may have shrunk, or grow again, before what has gathered is told.
    if event == "left":
        roster.joined.pop(participant.id, None)
        roster.changed.pop(participant.id, None)
    elif event == "joined":
        roster.left.discard(participant.id)
    if len(room.participants) <= SMALL:
        if event != "left":
            participant.untold = False
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
    untold = [one for one in room.participants.values() if one.untold]
    for one in untold:
        one.untold = False
        tell(room, one, "changed")
    roster = room.roster
    if roster.joined or roster.changed or roster.left:
        room.roster = Roster()
        joined = [one.view for one in roster.joined.values()]
        changed = [one.view for one in roster.changed.values()]
        room.hub.publish(protocol.roster(joined, changed, sorted(roster.left), len(room.participants)))
