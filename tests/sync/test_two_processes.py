"""A room in two processes is one room: what is played in it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from sync import commits, presence, settling, upnext
from sync.protocol import Clock, Play, Seek
from sync.store import Outcome
from tests.sync.alone import SETTINGS, state
from tests.sync.processes import NewProcess, Process, told
from tests.waiting import eventually


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
