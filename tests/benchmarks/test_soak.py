"""The soak's judgement, on made-up records, and its dead network."""

import asyncio

import pytest

from benchmarks.soak.network import Network
from benchmarks.soak.notes import Ending, Message, RoomNotes, Stay, faults_of
from benchmarks.soak.server import complaints, drifts, growth


def timeline(seq: int, state: str, anchor: float, since: float | None = None) -> Message:
    told = Message(seq=seq, item=None, position=5.0, rate=1, state=state, anchor=anchor, waiting_for=[])
    return told if since is None else told | {"waiting_since": since}


def a_good_room() -> tuple[RoomNotes, Ending]:
    """Alice and Bob, who left and came back; one wait of 3 s, and three lines of chat."""
    room = RoomNotes("r", timeout=3)
    for told in (timeline(1, "paused", 10), timeline(2, "waiting", 20, since=20), timeline(3, "waiting", 21, since=20)):
        room.hear(told)
    last = timeline(4, "playing", 23)
    room.hear(last)
    room.stays = [
        Stay(0, [(1, "a"), (2, "b"), (3, "c")]),
        Stay(0, [(1, "a")], whole=False),
        Stay(2, [(3, "c")]),
    ]
    room.said = {"a": True, "b": True, "c": True, "unanswered": False}
    people = [{"id": "alice", "connected": True}, {"id": "bob", "connected": True}]
    shown = {"timeline": last, "participants": people, "participant_count": 2}
    end = Ending([last, last], [shown, shown], [shown], {"alice", "bob"}, [(1, "a"), (2, "b"), (3, "c")])
    return room, end


def found(room: RoomNotes, end: Ending) -> str:
    return "\n".join(faults_of(room, end))


def test_a_good_room_has_no_faults():
    room, end = a_good_room()
    assert found(room, end) == ""
    assert room.waits() == [3]


def test_somebody_who_holds_another_timeline_is_found():
    room, end = a_good_room()
    end.held[1] = end.held[1] | {"position": 6.0}
    assert "different timelines" in found(room, end)


def test_another_state_by_rest_is_found():
    room, end = a_good_room()
    end.states = [end.states[0] | {"timeline": timeline(3, "playing", 23)}]
    assert "different timelines" in found(room, end)


def test_a_participant_who_is_gone_and_still_shown_is_found():
    room, end = a_good_room()
    end.snapshots[0] = end.snapshots[0] | {"participant_count": 3}
    assert "2 are there, and somebody is told of 3" in found(room, end)


def test_two_timelines_with_one_seq_are_found():
    room, end = a_good_room()
    room.hear(timeline(3, "playing", 23))
    assert "told differently" in found(room, end)


def test_a_wait_over_the_time_out_is_found_however_often_it_was_changed():
    room, end = a_good_room()
    room.timeout = 1
    assert "waited 3.0 s, though its time-out is 1 s" in found(room, end)


def test_a_room_that_waits_at_the_end_is_found():
    room, end = a_good_room()
    waiting = timeline(5, "waiting", 30, since=30)
    shown = end.states[0] | {"timeline": waiting}
    end.held, end.snapshots, end.states = [waiting, waiting], [shown, shown], [shown]
    assert "still waits" in found(room, end)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([(1, "a"), (3, "c")], id="lost"),
        pytest.param([(1, "a"), (2, "b")], id="the last one lost"),
        pytest.param([(1, "a"), (2, "b"), (2, "b"), (3, "c")], id="twice"),
        pytest.param([(2, "b"), (1, "a"), (3, "c")], id="out of order"),
        pytest.param([(1, "a"), (2, "z"), (3, "c")], id="another"),
    ],
)
def test_a_broken_chat_is_found(lines):
    room, end = a_good_room()
    room.stays[0].lines = lines
    assert "1 of 3 stays heard a chat with lines lost" in found(room, end)


def test_a_line_that_was_acknowledged_and_is_not_kept_is_found():
    room, end = a_good_room()
    room.said["d"] = True
    assert "1 lines were acknowledged, and are not kept" in found(room, end)


def test_a_line_that_is_kept_twice_is_found():
    room, end = a_good_room()
    end.history.append((4, "c"))
    assert "1 lines are kept twice" in found(room, end)


def test_memory_that_grows_to_the_end_drifts_and_a_start_does_not():
    grows = [100_000 + 200 * number for number in range(180)]
    assert growth(grows) == pytest.approx(200 * 89)
    assert drifts(grows)
    assert not drifts([100_000 + 200 * min(number, 80) for number in range(180)])
    assert not drifts(grows[:20])


def test_the_log_is_read_by_level_and_a_traceback_is_an_error():
    log = """2026-11-22 21:32:02,472 ERROR   asyncio: Fatal error on transport 12
Traceback (most recent call last):
2026-11-22 21:32:02,474 WARNING django.request: Forbidden: /api/v1/rooms/one/
2026-11-22 21:32:03,474 WARNING django.request: Forbidden: /api/v1/rooms/two/
2026-11-22 21:33:45,169 INFO    uvicorn.error: Shutting down
"""
    warnings, errors = complaints(log)
    assert warnings == {"django.request: Forbidden: …": 2}
    assert errors == {"asyncio: Fatal error on transport …": 1, "a traceback": 1}


async def test_on_a_dead_network_nothing_passes_and_nobody_is_told():
    gone = asyncio.Event()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()
        gone.set()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Network(server.sockets[0].getsockname()[1]).kept() as network:
        reader, writer = await asyncio.open_connection("127.0.0.1", network.port)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        port = writer.get_extra_info("sockname")[1]
        network.die(port)
        writer.write(b"two")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(3), 0.1)
        network.revive(port)
        assert await asyncio.wait_for(reader.readexactly(3), 5) == b"two"
        writer.close()
        assert await asyncio.wait_for(gone.wait(), 5)
