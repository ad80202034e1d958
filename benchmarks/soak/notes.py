"""What the simulated people write down, and what is wrong with it. Nothing here talks to anybody."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]

KEYS = ("item", "position", "rate", "state", "anchor", "waiting_for", "waiting_since")
TOLERANCE = 1.0
"""Seconds: a start is anchored up to 0.5 s ahead, and the processors have other work too."""

Line = tuple[int, str]
"""A line of chat: `chat_seq` and the id that its speaker gave it."""


def content(timeline: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a timeline says beside its `seq`."""
    return tuple(tuple(told) if isinstance(told := timeline.get(key), list) else told for key in KEYS)


@dataclass
class Stay:
    """From a new participant's welcome until it leaves, over all its connections."""

    after: int
    """The room's `chat_seq` as it came in."""
    lines: list[Line] = field(default_factory=list)
    whole: bool = True
    """Whether it stayed to the end; else lines may have been under way as it left."""


@dataclass
class RoomNotes:
    """What the people of one room have heard. `timeout` in seconds, as the room has it."""

    code: str
    timeout: float
    timelines: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    contradictions: int = 0
    """Timelines that were told with another content under the same `seq`."""
    sent: set[int] = field(default_factory=set)
    """`seq` of all that came as a message of its own, to anybody."""
    stays: list[Stay] = field(default_factory=list)
    said: dict[str, bool] = field(default_factory=dict)
    """Ids of lines, and whether they were acknowledged."""

    def hear(self, timeline: Mapping[str, Any]) -> None:
        told = content(timeline)
        if self.timelines.setdefault(timeline["seq"], told) != told:
            self.contradictions += 1

    def waits(self) -> list[float]:
        """How long each waiting took, in seconds: by the room clock, from its begin to the start or pause after it."""
        found, since = [], None
        for seq in sorted(self.timelines):
            told = dict(zip(KEYS, self.timelines[seq], strict=True))
            if told["state"] == "waiting":
                since = told["waiting_since"] if since is None else since
            elif since is not None:
                found.append(told["anchor"] - since)
                since = None
        return found


@dataclass
class Notes:
    """Of everybody, in all rooms."""

    acts: Counter[str] = field(default_factory=Counter)
    joins: int = 0
    resumes: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    """Refusals that had to be, by act and code."""
    surprises: Counter[str] = field(default_factory=Counter)
    """Errors, closes and silences that nobody asked for."""


@dataclass
class Ending:
    """A quiet room: what each of its people hold and are told, what REST says of it, and the chat as it is kept."""

    held: list[Message]
    snapshots: list[Message]
    states: list[Message]
    people: set[str]
    """Participant ids of all who are there."""
    history: list[Line]
    unheard: int = 0
    """Timelines that somebody's last connection was not sent."""


def faults_of(room: RoomNotes, end: Ending) -> Iterable[str]:
    """What must not have happened in that room; nothing if it is consistent."""
    told = [end.snapshots[0]["timeline"], *(one["timeline"] for one in (*end.snapshots, *end.states)), *end.held]
    if len({(one["seq"], content(one)) for one in told}) > 1:
        yield f"{room.code}: its people and REST hold different timelines: {sorted({one['seq'] for one in told})}"
    for one in (*end.snapshots, *end.states):
        there = {each["id"] for each in one["participants"] if each["connected"]}
        if there != end.people or one["participant_count"] != len(end.people):
            yield f"{room.code}: {len(end.people)} are there, and somebody is told of {one['participant_count']}"
            break
    if room.contradictions:
        yield f"{room.code}: {room.contradictions} timelines were told differently under the same seq"
    if end.unheard:
        yield f"{room.code}: {end.unheard} timelines did not reach somebody"
    if late := [wait for wait in room.waits() if wait > room.timeout + TOLERANCE]:
        yield f"{room.code}: waited {max(late):.1f} s, though its time-out is {room.timeout} s ({len(late)} times)"
    if told[0]["state"] == "waiting":
        yield f"{room.code}: still waits at the end"
    yield from _of_the_chat(room, end.history)


def _of_the_chat(room: RoomNotes, history: list[Line]) -> Iterable[str]:
    kept = Counter(id for _, id in history)
    if lost := [id for id, acknowledged in room.said.items() if acknowledged and not kept[id]]:
        yield f"{room.code}: {len(lost)} lines were acknowledged, and are not kept"
    if twice := [id for id in room.said if kept[id] > 1]:
        yield f"{room.code}: {len(twice)} lines are kept twice"
    broken = 0
    for stay in room.stays:
        last = history[-1][0] if stay.whole and history else stay.lines[-1][0] if stay.lines else 0
        broken += stay.lines != [line for line in history if stay.after < line[0] <= last]
    if broken:
        yield f"{room.code}: {broken} of {len(room.stays)} stays heard a chat with lines lost, twice, or out of order"
