"""A room in two processes is one room: who is in it, and what they say."""

import asyncio
from functools import partial

from sync import chat, presence, protocol
from sync.peers import Peers
from sync.protocol import Clock, Seek
from tests.sync.alone import Log, Socket
from tests.sync.processes import NewProcess, Process, told
from tests.waiting import eventually


def connections_of(user: str, *processes: Process) -> set[int]:
    """How many of that user's each process knows of."""
    return {presence.connections_of(process.room, user) for process in processes}


def shown(socket: Socket) -> set[str]:
    """Who is in the newest snapshot."""
    snapshots = told(socket, "snapshot")
    return {one["id"] for one in snapshots[-1]["participants"]} if snapshots else set()


def has_lines(socket: Socket, count: int) -> bool:
    return len(told(socket, "chat")) == count


async def test_who_comes_later_finds_the_room_and_its_people(here: Process, process: NewProcess) -> None:
    alice, _ = here.join("alice")
    await here.does(Seek("a", 5.0))
    later = await process()
    assert later.room.timeline == here.room.timeline
    assert [one.view for one in later.room.participants.values()] == [alice.view]
    assert later.room.snapshot(chat_seq=0).participant_count == 1


async def test_joining_leaving_and_changing_is_told_in_both(here: Process, there: Process) -> None:
    _, watcher = there.join("watcher")
    await eventually(lambda: here.room.participants)
    bob, socket = here.join("bob", role="member")
    here.reports(bob, "away")
    presence.change(here.room, bob, role="moderator", name="Bobby")
    presence.went_offline(here.room, bob, socket)
    presence.leave(here.room, bob)
    await eventually(lambda: len(told(watcher, "presence")) == 5)
    events = [(one["event"], one["participant"]["state"]) for one in told(watcher, "presence")]
    assert events == [
        ("joined", "ready"),
        ("changed", "away"),
        ("changed", "away"),
        ("changed", "offline"),
        ("left", "offline"),
    ]
    assert told(watcher, "presence")[2]["participant"]["role"] == "moderator"
    assert told(watcher, "presence")[2]["participant"]["name"] == "Bobby"
    assert len(there.room.participants) == 1


async def test_numbers_are_told_once_a_second(here: Process, there: Process) -> None:
    _, watcher = there.join("watcher")
    bob, _ = here.join("bob")
    await eventually(lambda: len(told(watcher, "presence")) == 1)
    here.reports(bob, "ready")
    presence.tell_numbers(here.room, 10.0)
    for number in range(5):
        presence.measure(here.room, bob, Clock(0, rtt=20.0 + number))
        presence.tell_numbers(here.room, 10.5)
    await asyncio.sleep(0.05)
    assert there.room.participants[bob.id].rtt is None
    presence.tell_numbers(here.room, 11.5)
    await eventually(lambda: there.room.participants[bob.id].rtt == 24.0)
    watcher.messages.clear()
    presence.tell_numbers(there.room, 10.0)
    assert [one["participant"]["rtt"] for one in told(watcher, "presence")] == [24.0]


async def test_resuming_in_the_other_process(here: Process, there: Process) -> None:
    bob, socket = here.join("bob")
    await eventually(lambda: there.room.participants)
    again, _ = there.join("bob", resumes=bob.id)
    await eventually(lambda: socket.code)
    assert (again.id, socket.code) == (bob.id, 4409)
    assert not presence.went_offline(here.room, bob, socket)
    assert here.room.participants[bob.id].connected
    assert len(here.room.participants) == len(there.room.participants) == 1


async def test_resuming_in_both_at_once_leaves_the_newer(here: Process, there: Process) -> None:
    bob, first = here.join("bob")
    await asyncio.sleep(0.01)
    _, second = there.join("bob", resumes=bob.id)
    await eventually(lambda: first.code == 4409)
    await asyncio.sleep(0.05)
    assert second.code == 0
    assert here.room.participants[bob.id].home == there.live.store.process


async def test_connections_are_counted_over_both(here: Process, there: Process) -> None:
    for process in (here, there, there):
        process.join("bob")
    await eventually(lambda: connections_of("bob", here, there) == {3})


async def test_two_that_take_the_last_place_at_once(here: Process, there: Process) -> None:
    first = [process.join("bob")[1] for process in (here, there)]
    await eventually(lambda: connections_of("bob", here, there) == {2})
    last = [process.join("bob")[1] for process in (here, there)]
    await eventually(lambda: connections_of("bob", here, there) == {3})
    await asyncio.sleep(0.05)
    assert sorted(socket.code for socket in [*first, *last]) == [0, 0, 0, 4429]
    assert 4429 in [socket.code for socket in last]


async def test_chat_is_in_order_and_without_gaps(here: Process, there: Process, log: Log) -> None:
    alice, one = here.join("alice")
    bob, two = there.join("bob")
    for number in range(3):
        await chat.say(here.room, log, alice, protocol.Chat(f"a{number}", "here"))
        await chat.say(there.room, log, bob, protocol.Chat(f"b{number}", "there"))
    # A line whose news was lost: the next one brings it.
    await log.post(id="lost", text="lost")
    await chat.say(there.room, log, bob, protocol.Chat("c", "there"))
    for socket in (one, two):
        await eventually(partial(has_lines, socket, 8))
        assert [line["chat_seq"] for line in told(socket, "chat")] == list(range(1, 9))
    assert told(one, "chat") == told(two, "chat")


async def test_what_was_missed_is_caught_up_with(here: Process, there: Process, log: Log) -> None:
    """The other process was cut off for a while; everybody in it gets a fresh snapshot, and the chat."""
    bob, socket = there.join("bob")
    await eventually(lambda: here.room.participants)
    peers, there.live.peers = there.live.peers, None
    alice, _ = here.join("alice")
    await here.does(Seek("a", 5.0))
    await chat.say(here.room, log, alice, protocol.Chat("b", "anybody there?"))
    await asyncio.sleep(0.1)
    assert there.room.timeline.position == 0.0
    there.live.peers = peers
    there.live.missed()
    await eventually(lambda: shown(socket) == {alice.id, bob.id})
    assert there.room.timeline == here.room.timeline
    assert [line["text"] for line in told(socket, "chat")] == ["anybody there?"]


async def test_the_people_of_a_dead_process_are_offline_then_gone(here: Process, there: Process) -> None:
    bob, _ = there.join("bob")
    _, socket = here.join("alice")
    await eventually(lambda: bob.id in here.room.participants)
    await there.live.store.stop()
    assert isinstance(here.live.peers, Peers)
    for _ in range(2):
        assert here.room.participants[bob.id].connected
        here.live.peers.bury(await here.live.store.processes())
    assert told(socket, "presence")[-1]["participant"]["state"] == "offline"
    assert presence.expire(here.room) == []
    await asyncio.sleep(0.25)
    assert presence.expire(here.room) == [bob.id]
    assert bob.id not in here.room.participants
