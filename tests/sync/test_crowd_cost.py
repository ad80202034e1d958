"""What happens in a large room costs what it must: counted in calls of Python functions, not in seconds."""

import sys
from collections.abc import AsyncIterator, Callable
from types import FrameType
from typing import Any

import pytest

from sync import commands, presence
from sync.limits import Limits
from sync.live import Live
from sync.pace import Pace
from sync.participants import Participant
from sync.protocol import Clock, Pause, Play, Rate, Seek, Status
from sync.room import Room
from sync.store.memory import MemoryStore
from tests.sync.alone import SETTINGS, NoArchive, NoItems, join

FEW, MANY = 100, 1000
SPARE = 60
"""Calls by which the same in a room of any size may differ."""

SEND = 4
"""Calls for telling a ready frame to one socket by itself: it is asked for its descriptor, and may hold it first."""


class Unhurried(Pace):
    """Of a process that keeps up, however long a test keeps the loop."""

    def window(self) -> float:
        return 0.0


async def crowded(count: int) -> Room:
    live = Live(store=MemoryStore(NoArchive().new_epoch), archive=NoArchive(), limits=Limits())
    live.pace = Unhurried()
    room = await live.open(SETTINGS, NoItems())
    for number in range(count):
        participant, _ = join(room, f"user{number}")
        presence.measure(room, participant, Clock(0, down=50.0 + number))
        presence.report(room, participant, Status("ready", room.timeline.seq, 0.0, 10.0))
    presence.tell_numbers(room, 10.0)
    return room


@pytest.fixture
async def rooms() -> AsyncIterator[tuple[Room, Room]]:
    """One with few people and one with many."""
    few, many = await crowded(FEW), await crowded(MANY)
    yield few, many
    for room in (few, many):
        await room.live.close(room)


def calls(work: Callable[[], object]) -> int:
    """How many calls of Python functions it takes; each step of a generator is one."""
    count = 0

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def step(work: Any) -> Callable[[], object]:
    """Run a coroutine that has nothing to wait for."""

    def run() -> None:
        try:
            work.send(None)
        except StopIteration:
            return
        raise AssertionError("it waited for something")

    return run


def somebody(room: Room) -> Participant:
    return list(room.participants.values())[FEW // 2]


def test_coming_and_going_costs_the_same_in_any_room(rooms: tuple[Room, Room]) -> None:
    def comes_and_goes(room: Room) -> None:
        participant, socket = join(room, "late")
        presence.connections_of(room, "late")
        presence.report(room, participant, Status("buffering", room.timeline.seq, 0.0, 10.0))
        presence.measure(room, participant, Clock(0, down=20.0, rtt=20.0))
        presence.change(room, participant, role="member")
        presence.went_offline(room, participant, socket)
        presence.leave(room, participant)

    few, many = (calls(lambda room=room: comes_and_goes(room)) for room in rooms)  # type: ignore[misc]
    assert many <= few + SPARE


def test_a_welcome_shows_200_at_most(rooms: tuple[Room, Room]) -> None:
    few, many = (calls(lambda room=room: room.snapshot(chat_seq=0)) for room in rooms)  # type: ignore[misc]
    assert many <= 200 / FEW * few + SPARE


@pytest.mark.parametrize("command", [Play("a"), Pause("b"), Rate("c", 2.0)])
async def test_a_command_costs_one_write_to_each_socket(rooms: tuple[Room, Room], command: Any) -> None:
    for room in rooms:
        await commands.apply(room, Seek("s", 5.0), items=NoItems(), role="host", user="u", session="s")
        if not isinstance(command, Play):
            play = Play("p", force=True)
            await commands.apply(room, play, items=NoItems(), role="host", user="u", session="s")
    counts = []
    for room in rooms:
        applying = commands.apply(room, command, items=NoItems(), role="host", user="u", session="s")
        counts.append(calls(step(applying)))
    few, many = counts
    looks = 4 if isinstance(command, Play) else 0  # at each of whom it may have to wait for
    assert many - few <= (SEND + looks) * (MANY - FEW) + SPARE


async def test_numbers_of_a_crowd_are_told_a_few_at_a_time(rooms: tuple[Room, Room]) -> None:
    for room in rooms:
        for participant in room.participants.values():
            presence.report(room, participant, Status("ready", room.timeline.seq, 1.0, 10.0))
    few, many = (calls(lambda room=room: presence.tell_numbers(room, 20.0)) for room in rooms)  # type: ignore[misc]
    assert many - few <= SEND * (MANY - FEW) + SPARE


def test_the_longest_way_is_not_looked_for_each_time(rooms: tuple[Room, Room]) -> None:
    _, many = rooms
    assert many.lead() == pytest.approx(0.5)
    before = calls(many.lead)
    presence.measure(many, somebody(many), Clock(0, down=30.0))
    assert calls(many.lead) == before < 10
