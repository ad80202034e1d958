"""Who takes part in a room, and the record by which processes know each other's participants."""

from dataclasses import dataclass, field

import msgspec

from sync.buffering import PlayerState, Readiness
from sync.protocol import ParticipantView, Speaker
from sync.sockets import Connection


@dataclass(slots=True, eq=False)
class Participant:
    """One session in a room. Its socket is in the process `home`, here or elsewhere."""

    id: str
    user: str
    name: str
    role: str
    sid: str | None
    readiness: Readiness = field(default_factory=Readiness)
    connection: Connection | None = None
    """Its socket, if that is in this process."""
    home: str = ""
    since: float = 0.0
    """Since when it has its present socket (room clock)."""
    offline_since: float | None = None
    position: float = 0.0
    rtt: float | None = None
    drift: float | None = None
    down: float | None = None
    shared_down: float | None = None
    """The `down` that other processes know."""
    muted: bool = False
    controls: bool = False
    """May control the room whatever the role."""
    joined: float = 0.0
    """Since when it takes part, reconnects included (room clock)."""
    skips: str | None = None
    """The movie that it has voted to skip."""

    @property
    def connected(self) -> bool:
        """It has a socket in some process."""
        return self.readiness.connected

    @property
    def view(self) -> ParticipantView:
        connected = self.readiness.connected
        state = self.readiness.state if connected else "offline"
        return ParticipantView(
            self.id,
            self.user,
            self.name,
            self.role,
            state,
            connected,
            self.position,
            self.rtt,
            self.drift,
            self.muted,
            self.controls,
        )

    @property
    def speaker(self) -> Speaker:
        return Speaker(self.id, self.user, self.name)


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All that another process needs of a participant. New fields go to the end, with a default: versions mix."""

    home: str
    since: float
    user: str
    name: str
    role: str
    sid: str | None
    connected: bool
    offline_since: float | None
    state: PlayerState
    reported: bool
    late: bool
    ready_seq: int
    stalled_at: float | None
    stalled_position: float
    holds: tuple[float, ...]
    position: float
    rtt: float | None
    drift: float | None
    down: float | None
    muted: bool = False
    controls: bool = False
    joined: float = 0.0
    skips: str | None = None


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Record)


def encode(one: Participant) -> bytes:
    told = one.readiness
    return _encode(
        Record(
            one.home,
            one.since,
            one.user,
            one.name,
            one.role,
            one.sid,
            told.connected,
            one.offline_since,
            told.state,
            told.reported,
            told.late,
            told.ready_seq,
            told.stalled_at,
            told.position,
            tuple(told.holds),
            one.position,
            one.rtt,
            one.drift,
            one.down,
            one.muted,
            one.controls,
            one.joined,
            one.skips,
        )
    )


def decode(record: bytes) -> Record:
    """Raises msgspec.DecodeError for what no version of this has written."""
    return _decoder.decode(record)


def update(one: Participant, record: Record) -> None:
    """Make it what its home says it is."""
    one.home, one.since = record.home, record.since
    one.user, one.name, one.role, one.sid = record.user, record.name, record.role, record.sid
    one.offline_since = record.offline_since
    one.position, one.rtt, one.drift = record.position, record.rtt, record.drift
    one.down = one.shared_down = record.down
    one.muted, one.controls, one.joined = record.muted, record.controls, record.joined
    one.skips = record.skips
    told = one.readiness
    told.host = record.role == "host"
    told.connected, told.reported, told.late = record.connected, record.reported, record.late
    told.state, told.ready_seq = record.state, record.ready_seq
    told.stalled_at, told.position, told.holds = record.stalled_at, record.stalled_position, list(record.holds)
