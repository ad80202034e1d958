"""A room in two processes is one room."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from msgspec import structs

from sync import chat, commands, commits, presence, protocol, settling, upnext
from sync.limits import Limits
from sync.live import Live, Room
from sync.participants import Participant
from sync.peers import Peers
from sync.ports import Admission
from sync.protocol import Clock, Play, Seek, Status
from sync.store import Outcome, Store
from tests.sync.stores import SHARED
from tests.sync.test_apply import SETTINGS, Log, NoArchive, NoItems, Socket, state
from tests.waiting import eventually

LIMITS = Limits(offline_seconds=0.2, connections_per_user=3)


class Quiet(NoArchive):
    """An archive that takes everything and has nothing."""

    async def save(self, rooms: Any, journal: Any) -> None:
        pass


class Lines(Log):
    """A chat log that both share."""

    async def last(self, *, room_id: str) -> int:
        return len(self.lines)


class Process:
    """One process' engine, and its end of the room."""

    def __init__(self, live: Live, room: Room) -> None:
        self.live, self.room = live, room

    def join(self, user: str, *, resumes: str | None = None, role: str = "host") -> tuple[Participant, Socket]:
        socket = Socket()
        admission = Admission(SETTINGS, user, user, role, "sid", False)
        return presence.join(self.room, admission, socket, resumes=resumes), socket

    async def does(self, command: protocol.Command, by: Participant | None = None) -> commits.Applied:
        return await commands.apply(
            self.room, command, items=NoItems(), role="host", user="alice", session=by.id if by else "s", by=by
        )

    def reports(self, one: Participant, state: Any, seq: int | None = None) -> None:
        presence.report(self.room, one, Status(state, self.room.timeline.seq if seq is None else seq, 0.0, 10.0))
        settling.soon(self.room, by=one.id)


def has_lines(socket: Socket, count: int) -> bool:
    return len(told(socket, "chat")) == count


NewProcess = Callable[[], Awaitable[Process]]


@pytest.fixture
async def log() -> Log:
    return Lines()


@pytest.fixture(params=SHARED, ids=lambda adapter: adapter.__name__)
async def process(request: pytest.FixtureRequest, log: Log) -> AsyncIterator[NewProcess]:
    store: Callable[[], Store] = request.param(request)
    started: list[Live] = []

    async def start() -> Process:
        live = Live(store=store(), archive=Quiet(), limits=LIMITS)
        live.peers = Peers(live, log)
        started.append(live)
        room = await live.open(SETTINGS, NoItems())
        await chat.newest(room, log)
        return Process(live, room)

    yield start
    for live in started:
        for room in list(live.rooms.values()):
            await live.close(room)
        await live.store.stop()


@pytest.fixture
async def here(process: NewProcess) -> Process:
    return await process()


@pytest.fixture
async def there(process: NewProcess, here: Process) -> Process:
    return await process()


def connections_of(user: str, *processes: Process) -> set[int]:
    """How many of that user's each process knows of."""
    return {presence.connections_of(process.room, user) for process in processes}


def told(socket: Socket, *types: str) -> list[dict[str, Any]]:
    messages = [json.loads(message.payload) for message in socket.messages]
    return [message for message in messages if message["type"] in types]


async def test_it_works(here: Process, there: Process) -> None:
    """A command in one reaches the other, the same with the same seq."""
    alice, one = here.join("alice")
    _, two = there.join("bob")
    await here.does(Seek("a", 5.0), alice)
    await there.does(Play("b"))
    await eventually(lambda: len(told(one, "timeline")) == len(told(two, "timeline")) == 2)
    assert told(one, "timeline") == told(two, "timeline")
    assert told(two, "timeline")[0]["cause"] == {"action": "seek", "by": alice.id, "id": "a"}
    assert here.room.timeline == there.room.timeline


@pytest.fixture
async def answers(here: Process, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """The store's answers to what is committed in `here` come only after this."""
    answers, commit = asyncio.Event(), here.live.store.commit

    async def late(*args: Any, **kwargs: Any) -> Outcome:
        outcome = await commit(*args, **kwargs)
        await answers.wait()
        return outcome

    monkeypatch.setattr(here.live.store, "commit", late)
    return answers


async def test_changes_are_told_in_their_order(here: Process, there: Process, answers: asyncio.Event) -> None:
    _, one = here.join("alice")
    _, two = there.join("bob")
    asked = asyncio.create_task(here.does(Seek("a", 5.0)))
    await eventually(lambda: told(two, "timeline"))
    await there.does(Seek("b", 9.0))
    await eventually(lambda: here.room.early)
    assert told(one, "timeline") == []
    answers.set()
    assert (await asked).changed
    await eventually(lambda: len(told(one, "timeline")) == 2)
    assert told(one, "timeline") == told(two, "timeline")


async def test_an_answer_that_comes_much_too_late_is_an_ack(
    here: Process, there: Process, answers: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "EARLY_SECONDS", 0.05)
    _, one = here.join("alice")
    _, two = there.join("bob")
    asked = asyncio.create_task(here.does(Seek("a", 5.0)))
    await eventually(lambda: told(two, "timeline"))
    await there.does(Seek("b", 9.0))
    await eventually(lambda: told(one, "timeline"))
    answers.set()
    assert await asked == commits.Applied(there.room.timeline, changed=False)
    assert told(one, "timeline") == told(two, "timeline")[1:]


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


async def test_a_player_in_the_other_process_is_waited_for(here: Process, there: Process) -> None:
    alice, _ = here.join("alice")
    bob, _ = there.join("bob")
    await here.does(Seek("a", 5.0))
    await eventually(lambda: there.room.timeline == here.room.timeline)
    await eventually(lambda: bob.id in here.room.participants)
    here.reports(alice, "ready")
    there.reports(bob, "buffering")
    await eventually(lambda: here.room.participants[bob.id].readiness.reported)
    waiting = (await here.does(Play("b"))).timeline
    assert (waiting.state, waiting.waiting_for) == ("waiting", (bob.id,))
    await eventually(lambda: state(there.room) == "waiting")
    there.reports(bob, "ready")
    await eventually(lambda: state(here.room) == state(there.room) == "playing")
    assert here.room.timeline == there.room.timeline


async def test_two_become_ready_at_the_same_moment(here: Process, there: Process) -> None:
    alice, _ = here.join("alice")
    bob, _ = there.join("bob")
    await eventually(lambda: len(here.room.participants) == len(there.room.participants) == 2)
    here.reports(alice, "buffering")
    there.reports(bob, "buffering")
    await eventually(lambda: here.room.participants[bob.id].readiness.reported)
    await here.does(Play("b"))
    await eventually(lambda: state(there.room) == "waiting")
    here.reports(alice, "ready")
    there.reports(bob, "ready")
    await eventually(lambda: state(here.room) == state(there.room) == "playing")


async def test_the_longest_way_counts_wherever_it_is(here: Process, there: Process) -> None:
    here.join("alice")
    bob, socket = there.join("bob")
    presence.measure(there.room, bob, Clock(0, down=200.0))
    await eventually(lambda: here.room.lead() == pytest.approx(0.26))
    presence.went_offline(there.room, bob, socket)
    await eventually(lambda: here.room.lead() == 0.0)


async def test_holds_are_counted_over_both(here: Process, there: Process) -> None:
    """Bob, over there, stops the room once; whichever process it was that noticed."""
    alice, _ = here.join("alice")
    bob, _ = there.join("bob")
    await eventually(lambda: len(here.room.participants) == len(there.room.participants) == 2)
    here.reports(alice, "ready")
    there.reports(bob, "ready")
    await eventually(lambda: here.room.participants[bob.id].readiness.reported)
    await here.does(Play("a"))
    await eventually(lambda: state(there.room) == "playing")
    there.reports(bob, "buffering")
    await eventually(lambda: state(here.room) == state(there.room) == "waiting")
    there.reports(bob, "ready")
    await eventually(lambda: state(here.room) == state(there.room) == "playing")
    assert here.room.participants[bob.id].readiness.holds == bob.readiness.holds
    assert len(bob.readiness.holds) == 1
    there.reports(bob, "buffering")
    await asyncio.sleep(0.7)
    assert state(here.room) == state(there.room) == "playing"


async def test_who_was_left_behind_is_so_everywhere(here: Process, there: Process) -> None:
    here.join("alice")
    bob, _ = there.join("bob")
    there.reports(bob, "buffering")
    await eventually(lambda: bob.id in here.room.participants and here.room.participants[bob.id].readiness.reported)
    await here.does(Play("a", force=True))
    await eventually(lambda: bob.readiness.late)
    assert here.room.participants[bob.id].readiness.late


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
    await eventually(lambda: len(told(socket, "snapshot")) == 2)
    assert there.room.timeline == here.room.timeline
    snapshot = told(socket, "snapshot")[-1]
    assert {one["id"] for one in snapshot["participants"]} == {alice.id, bob.id}
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


async def test_an_empty_room_is_paused_once_by_whoever_notices(here: Process, there: Process) -> None:
    alice, _ = here.join("alice")
    _, two = there.join("bob")
    await here.does(Play("a"))
    await eventually(lambda: state(there.room) == "playing")
    for room in (here.room, there.room):
        for one in list(room.participants.values()):
            if one.connection is not None:
                presence.leave(room, one)
    await eventually(lambda: not here.room.participants and not there.room.participants)
    settling.soon(here.room, by=alice.id)
    settling.soon(there.room, by=alice.id)
    await eventually(lambda: state(here.room) == state(there.room) == "paused")
    assert here.room.timeline == there.room.timeline
    assert two.messages


async def test_who_opens_an_empty_room_that_plays_elsewhere_does_not_pause_it(
    here: Process, process: NewProcess
) -> None:
    """Somebody started it by REST: its process has it open, with nobody in it."""
    await here.does(Play("a"))
    later = await process()
    await settling.settle(later.room)
    assert state(later.room) == "playing"


async def test_a_process_that_opens_the_room_later_knows_the_votes(
    here: Process, there: Process, process: NewProcess
) -> None:
    """And who takes the vote back takes it back everywhere."""
    voting = replace(SETTINGS, skip_votes=True)
    for one in (here, there):
        one.room.configure(voting)
        one.room.timeline = structs.replace(one.room.timeline, item="movie")
    here.join("alice")
    there.join("bob")
    await eventually(lambda: len(here.room.participants) == len(there.room.participants) == 2)
    for one in (here, there):
        upnext.vote(one.room, user="bob", item="movie", wanted=True)
    await eventually(lambda: upnext.tally(here.room) == upnext.tally(there.room) == (1, 2))
    later = await process()
    later.room.timeline = structs.replace(later.room.timeline, item="movie")
    assert upnext.tally(later.room) == (1, 2)
    upnext.vote(there.room, user="bob", item="movie", wanted=False)
    await eventually(lambda: upnext.tally(here.room) == upnext.tally(later.room) == (0, 2))
