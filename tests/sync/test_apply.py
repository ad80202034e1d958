"""`commands.apply` and `settle` without a server: one order, one encoding, one winner."""

import asyncio
import json
from typing import Any

import pytest

from sync import chat, commands, commits, effects, presence, protocol, settling
from sync.limits import Limits
from sync.live import Live
from sync.ports import Admission, Item, RoomSettings
from sync.protocol import Cause, Message, Pause, Play, Seek
from sync.room import Room
from sync.sockets import AsgiConnection
from sync.store import Outcome, Repeated
from sync.store.memory import MemoryStore
from sync.timeline import EPOCH, Timeline
from tests.sync.alone import SETTINGS, Log, NoArchive, NoItems, Rival, join, state
from tests.waiting import PATIENCE
from watchparty.errors import Conflict, Forbidden, NotFound


@pytest.fixture
async def store() -> Rival:
    return Rival(NoArchive().new_epoch)


@pytest.fixture
async def room(store: Rival) -> Room:
    live = Live(store=store, archive=NoArchive(), limits=Limits())
    return await live.open(SETTINGS, NoItems())


async def apply(room: Room, command: protocol.Command, role: str = "host", **more: Any) -> commits.Applied:
    return await commands.apply(room, command, items=NoItems(), role=role, user="alice", session="s", **more)


async def test_it_works(room: Room) -> None:
    alice, one = join(room, "alice")
    _, two = join(room, "bob")
    applied = await apply(room, Play("a"), by=alice)
    assert applied.changed
    assert room.timeline == applied.timeline
    assert one.messages[-1] is two.messages[-1]
    assert (await room.live.store.enter("r")).timeline == applied.timeline


@pytest.mark.parametrize(
    ("control", "may"),
    [
        ("host", {"host"}),
        ("moderators", {"host", "moderator"}),
        ("everyone", {"host", "moderator", "member", "guest"}),
    ],
)
async def test_control(room: Room, control: str, may: set[str]) -> None:
    for role in ("host", "moderator", "member", "guest"):
        assert commands.may_control(role, control) is (role in may)
    room.configure(RoomSettings("r", "CODE", "Room", control, {}))
    if "member" not in may:
        with pytest.raises(Forbidden):
            await apply(room, Play("a"), role="member")


async def test_a_stale_command_is_computed_again(room: Room, store: Rival) -> None:
    store.times = 3
    applied = await apply(room, Seek("a", 100.0))
    assert applied.timeline.position == 100.0
    assert applied.timeline.seq == EPOCH + 1 + 4


async def test_nobody_is_told_of_what_came_before_what_they_know(
    room: Room, store: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store has a newer timeline than the news told of so far; they come when somebody has asked for a snapshot."""
    theirs = [Timeline(seq=EPOCH + 1 + number, position=float(number)) for number in range(1, 5)]

    async def repeated(*args: Any, **kwargs: Any) -> Outcome:
        return Repeated(theirs[-1])

    monkeypatch.setattr(store, "commit", repeated)
    _, socket = join(room, "alice")
    assert not (await apply(room, Seek("a", 100.0))).changed
    socket.send(protocol.snapshot(room.snapshot(chat_seq=0)))
    for number, held in enumerate(theirs):
        commits.adopt(room, held, Cause("seek", "p", str(number)), stopped=None, leaves_behind=False)
    await asyncio.sleep(0)
    told = [json.loads(message.payload) for message in socket.messages]
    seqs = [one.get("timeline", one)["seq"] for one in told if one["type"] in ("timeline", "snapshot")]
    assert seqs == [theirs[-1].seq] * len(seqs) != []


async def test_after_a_second_it_is_a_conflict(room: Room, store: Rival) -> None:
    store.times = 10**9
    with pytest.raises(Conflict):
        await apply(room, Seek("a", -1 + 1.5))
    store.times = 0
    assert (await apply(room, Seek("a", 7.0))).changed


async def test_the_time_of_a_fail_over_is_not_counted(
    room: Room, store: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command was stale, waited with its second attempt until another store decided, and was stale there too."""
    monkeypatch.setattr(commands, "RETRY_SECONDS", 0.02)
    commit, asked = store.commit, 0

    async def moving(*args: Any, **kwargs: Any) -> Outcome:
        nonlocal asked
        asked += 1
        if asked == 2:
            await asyncio.sleep(2 * commands.RETRY_SECONDS)
            store.begin(store.epoch + 1)
        return await commit(*args, **kwargs)

    monkeypatch.setattr(store, "commit", moving)
    store.times = 2
    assert (await apply(room, Seek("a", 7.0))).timeline.position == 7.0
    assert asked == 3


async def test_a_closed_room_takes_nothing(room: Room) -> None:
    await room.live.close(room)
    with pytest.raises(NotFound):
        await apply(room, Play("a"))
    await settling.settle(room)


async def test_commands_of_many_are_in_one_order(room: Room) -> None:
    _, socket = join(room, "alice")
    await asyncio.gather(*(apply(room, Seek(str(n), float(n + 1))) for n in range(100)))
    seqs = [json.loads(message.payload)["seq"] for message in socket.messages if b'"timeline"' in message.payload]
    assert seqs == list(range(EPOCH + 2, EPOCH + 102))


async def test_the_last_one_leaving_pauses(room: Room) -> None:
    alice, socket = join(room, "alice")
    await apply(room, Play("a"))
    presence.went_offline(room, alice, socket)
    await settling.settle(room)
    assert state(room) == "playing"
    presence.leave(room, alice)
    await settling.settle(room, by=alice.id)
    assert state(room) == "paused"
    # Who plays an empty room by REST is not stopped.
    await apply(room, Play("b"))
    await settling.settle(room)
    assert state(room) == "playing"
    await apply(room, Pause("c"))


async def test_a_notice_that_came_during_admission(room: Room) -> None:
    alice, _ = join(room, "alice")
    kicked = {"kind": "kicked", "room_id": "r", "user_id": "alice", "reason": "banned"}
    assert effects.refuses(kicked, "r", alice) == (4403, "banned")
    assert effects.refuses(kicked, "other", alice) is None
    assert effects.refuses({"kind": "room_closed", "room_id": "r"}, "r", alice) == (4410, "closed")
    assert effects.refuses({"kind": "queue_changed", "room_id": "r"}, "r", alice) is None
    admission = Admission(SETTINGS, "alice", "Alice", "member", None, False)
    promoted = {"kind": "role_changed", "room_id": "r", "user_id": "alice", "role": "host"}
    assert effects.amended(promoted, admission).role == "host"
    renamed = {"kind": "profile_changed", "user_id": "alice", "name": "Al"}
    assert effects.amended(renamed, admission).name == "Al"


async def test_chat_goes_out_in_the_order_of_its_numbers(room: Room) -> None:
    alice, socket = join(room, "alice")
    log = Log()
    slow = asyncio.create_task(chat.say(room, log, alice, protocol.Chat("a", "slow")))
    await asyncio.sleep(0)
    socket.messages.clear()
    await chat.say(room, log, alice, protocol.Chat("b", "fast"))
    log.gate.set()
    await slow
    assert [b'"slow"' in one.payload for one in socket.messages] == [True, False]


async def test_a_gap_of_many_lines_is_filled_wholly(room: Room) -> None:
    """Other processes have said more than is fetched at once."""
    alice, socket = join(room, "alice")
    log = Log()
    room.chat_seq = 0
    for number in range(2 * chat.PAGE + 50):
        await log.post(id=str(number), text="theirs")
    socket.messages.clear()
    await chat.say(room, log, alice, protocol.Chat("a", "ours"))
    told = [json.loads(one.payload)["chat_seq"] for one in socket.messages]
    assert told == list(range(1, 2 * chat.PAGE + 52))


async def test_who_comes_and_goes_leaves_no_crowd(room: Room) -> None:
    _, watcher = join(room, "alice")
    first, one = join(room, "bob")
    stays, _ = join(room, "bob")
    presence.went_offline(room, first, one)
    for _ in range(100):
        latest, socket = join(room, "bob")
        presence.went_offline(room, latest, socket)
    most = room.live.limits.connections_per_user
    assert sum(one.user == "bob" for one in room.participants.values()) == most
    assert first.id not in room.participants
    assert {stays.id, latest.id} <= room.participants.keys()
    left = [json.loads(one.payload)["participant"]["id"] for one in watcher.messages if b'"left"' in one.payload]
    assert left[0] == first.id
    assert len(left) == 102 - most


async def test_a_snapshot_shows_the_connected_first(room: Room) -> None:
    for number in range(250):
        participant, socket = join(room, f"user{number}")
        if number < 245:
            presence.went_offline(room, participant, socket)
    told = room.snapshot(chat_seq=0)
    assert [one.connected for one in told.participants] == [True] * 5 + [False] * 195
    assert told.participant_count == 250


async def test_who_left_while_the_room_shrank_is_in_no_roster(room: Room) -> None:
    _, watcher = join(room, "watcher")
    others = [join(room, f"user{number}")[0] for number in range(50)]
    presence.tell_numbers(room, 10.0)
    ghost, _ = join(room, "ghost")
    for one in [*others[:3], ghost]:
        presence.leave(room, one)
    watcher.messages.clear()
    presence.tell_numbers(room, 20.0)
    (roster,) = [json.loads(one.payload) for one in watcher.messages]
    assert ghost.id not in [one["id"] for one in roster["joined"] + roster["changed"]]
    assert roster["count"] == len(room.participants) == 48


async def test_a_room_that_closes_while_it_is_opened_stays_closed() -> None:
    class Closing(NoItems):
        async def first(self, *, room_id: str) -> Item | None:
            live.recent.append((0.0, {"kind": "room_closed", "room_id": room_id}))
            return None

    live = Live(store=MemoryStore(NoArchive().new_epoch), archive=NoArchive(), limits=Limits())
    with pytest.raises(NotFound):
        await live.open(SETTINGS, Closing())
    assert not live.rooms
    assert (await live.store.enter("r")).timeline is None


async def test_a_plain_socket_that_is_stuck_keeps_a_bounded_outbox() -> None:
    gate = asyncio.Event()
    sent: list[Any] = []

    async def send(event: dict[str, Any]) -> None:
        await gate.wait()
        sent.append(event)

    connection, drained = AsgiConnection(send), asyncio.Event()
    connection.on_drained = drained.set
    message = Message(b"x" * 1000)
    for _ in range(1000):
        connection.send(message)
        await asyncio.sleep(0)
    assert connection.is_full()
    gate.set()
    await asyncio.wait_for(drained.wait(), PATIENCE)
    assert 60 < len(sent) < 70
    assert not connection.is_full()
    connection.close(4403, "kicked")
    await asyncio.sleep(0.01)
    assert sent[-1] == {"type": "websocket.close", "code": 4403, "reason": "kicked"}
    connection.send(message)
    await asyncio.sleep(0.01)
    assert sent[-1]["type"] == "websocket.close"
