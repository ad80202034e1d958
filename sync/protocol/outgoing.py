"""What the server sends. Each function encodes one message, to be written as it is to everyone it is for."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from sync.protocol.frame import Message
from sync.timeline import Timeline

_encode = msgspec.json.Encoder().encode


class Cause(msgspec.Struct, frozen=True, gc=False):
    """Why the timeline changed; `by` is a participant id, `id` that of the command."""

    action: str
    by: str | None = None
    id: str | None = None


class TimelineKeys(msgspec.Struct, frozen=True, omit_defaults=False):
    seq: int
    item: str | None
    position: float
    rate: float
    state: str
    anchor: float
    waiting_for: tuple[str, ...]
    waiting_since: float | UnsetType = UNSET
    next_at: float | UnsetType = UNSET


class _Timeline(msgspec.Struct, frozen=True, gc=False, tag="timeline", tag_field="type"):
    seq: int
    item: str | None
    position: float
    rate: float
    state: str
    anchor: float
    waiting_for: tuple[str, ...]
    cause: Cause
    waiting_since: float | UnsetType = UNSET
    next_at: float | UnsetType = UNSET


class ParticipantView(msgspec.Struct, frozen=True, omit_defaults=True):
    """`muted` and `controls` are told where they are true."""

    id: str
    user: str
    name: str
    role: str
    state: str
    connected: bool
    position: float
    rtt: float | None
    drift: float | None
    muted: bool = False
    controls: bool = False


class RoomView(msgspec.Struct, frozen=True):
    code: str
    name: str
    control: str
    buffering: dict[str, Any]
    auto_next: bool
    skip_votes: bool
    slow_mode: int = 0


class Snapshot(msgspec.Struct, frozen=True):
    """All that a client needs to take part."""

    room: RoomView
    timeline: TimelineKeys
    participants: list[ParticipantView]
    participant_count: int
    now: float
    chat_seq: int


class Speaker(msgspec.Struct, frozen=True):
    id: str
    user: str
    name: str


def timeline_keys(held: Timeline) -> TimelineKeys:
    """What clients are told of a timeline."""
    return TimelineKeys(
        held.seq,
        held.item,
        held.position,
        held.rate,
        held.state,
        held.anchor,
        held.waiting_for,
        UNSET if held.since is None else held.since,
        UNSET if held.next_at is None else held.next_at,
    )


def timeline(held: Timeline, cause: Cause) -> Message:
    return Message(
        _encode(
            _Timeline(
                held.seq,
                held.item,
                held.position,
                held.rate,
                held.state,
                held.anchor,
                held.waiting_for,
                cause,
                UNSET if held.since is None else held.since,
                UNSET if held.next_at is None else held.next_at,
            )
        )
    )


def welcome(told: Snapshot, *, session: str, you: ParticipantView, interval: float, timeout: float) -> Message:
    heartbeat = {"interval": interval, "timeout": timeout}
    first = {"type": "welcome", "protocol": 1, "session": session, "you": you, "heartbeat": heartbeat}
    return Message(_encode(first | msgspec.structs.asdict(told)))


def snapshot(told: Snapshot) -> Message:
    return Message(_encode({"type": "snapshot"} | msgspec.structs.asdict(told)))


def clock(t0: float, t1: float, t2: float, seq: int) -> Message:
    return _message("clock", t0=t0, t1=t1, t2=t2, seq=seq)


def ack(id: str, seq: int) -> Message:
    return _message("ack", id=id, seq=seq)


def error(code: str, detail: str, *, id: str | None = None, retry_after: float | None = None) -> Message:
    told: dict[str, Any] = {} if id is None else {"id": id}
    told |= {"code": code, "detail": detail}
    if retry_after is not None:
        told["retry_after"] = retry_after
    return _message("error", **told)


def presence(participant: ParticipantView, event: Literal["joined", "left", "changed"]) -> Message:
    return _message("presence", participant=participant, event=event)


def roster(
    joined: Sequence[ParticipantView], changed: Sequence[ParticipantView], left: Sequence[str], count: int
) -> Message:
    return _message("roster", joined=joined, changed=changed, left=left, count=count)


def chat(*, chat_seq: int, by: Speaker, text: str, sent_at: str, id: str) -> Message:
    return _message("chat", chat_seq=chat_seq, by=by, text=text, sent_at=sent_at, id=id)


def chat_deleted(chat_seq: int) -> Message:
    return _message("chat_deleted", chat_seq=chat_seq)


def reaction(by: Speaker, emoji: str) -> Message:
    return _message("reaction", by=by, emoji=emoji)


def typing(by: Speaker) -> Message:
    return _message("typing", by=by)


def room(view: RoomView) -> Message:
    return _message("room", **msgspec.structs.asdict(view))


def control_request(user: str, name: str, state: Literal["asked", "granted", "declined"]) -> Message:
    """Somebody wants to control the room, or what became of that."""
    return _message("control_request", user=user, name=name, state=state)


def queue() -> Message:
    """The playlist changed: fetch it again."""
    return _message("queue")


def votes(item: str, count: int, needed: int) -> Message:
    """So many want to skip that movie, and so many have to."""
    return _message("votes", item=item, count=count, needed=needed)


def movie(item: str) -> Message:
    """A movie of the playlist became ready to be played."""
    return _message("movie", item=item)


def _message(type: str, **keys: Any) -> Message:
    return Message(_encode({"type": type, **keys}))
