"""What a room's sockets are told in a process that is behind: the same, in the same order, with fewer writes."""

import asyncio
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.hub import HELD_BYTES, Hub
from sync.pace import LOOK_EVERY, UNASKED_LOOKS, Pace
from sync.pressure import LEAST, MOST
from sync.protocol import Message
from sync.sockets import DirectConnection
from tests.waiting import PATIENCE


class Steady(Pace):
    """A process that is as far behind as it is told."""

    def __init__(self, window: float) -> None:
        super().__init__()
        self.steady = window

    def window(self) -> float:
        return self.steady


class Socket:
    """What one socket's transport was given."""

    def __init__(self) -> None:
        self.on_full: Callable[[], None] | None = None
        self.on_drained: Callable[[], None] | None = None
        self.on_used: Callable[[], None] | None = None
        self.writes: list[bytes] = []

    def write(self, frames: bytes) -> None:
        self.writes.append(frames)

    def descriptor(self) -> int:
        return -1

    def close(self, code: int, reason: str) -> None:
        self.writes.append(b"close")

    def abort(self) -> None:
        self.writes.append(b"abort")


def room(window: float, people: int = 3) -> tuple[Hub, list[Socket], list[DirectConnection]]:
    hub, sockets = Hub(Steady(window)), [Socket() for _ in range(people)]
    connections = [DirectConnection(socket) for socket in sockets]
    for number, connection in enumerate(connections):
        connection.chat_live = True
        hub.enter(str(number), connection)
    return hub, sockets, connections


async def rested(hub: Hub) -> None:
    async with asyncio.timeout(PATIENCE):
        while hub.resting is not None:
            await asyncio.sleep(0.001)


def message(number: int, size: int = 20) -> Message:
    return Message(b"%d" % number + b" " * size)


async def test_who_keeps_up_writes_what_a_turn_has_told_when_it_ends() -> None:
    hub, sockets, _ = room(0.0)
    for number in range(3):
        hub.publish(message(number))
    assert [socket.writes for socket in sockets] == [[]] * 3
    await asyncio.sleep(0)
    assert [socket.writes for socket in sockets] == [[b"".join(message(number).frame for number in range(3))]] * 3
    hub.publish(message(3))
    await asyncio.sleep(0)
    assert [socket.writes[1:] for socket in sockets] == [[message(3).frame]] * 3


async def test_who_is_behind_holds_what_follows() -> None:
    hub, sockets, _ = room(MOST)
    frames = [message(number).frame for number in range(4)]
    hub.publish(message(0))
    await asyncio.sleep(0)
    for number in range(1, 4):
        hub.publish(message(number))
        await asyncio.sleep(0)
    assert [socket.writes for socket in sockets] == [frames[:1]] * 3
    await rested(hub)
    assert [socket.writes for socket in sockets] == [[frames[0], b"".join(frames[1:])]] * 3


@pytest.mark.parametrize("window", [0.0, MOST])
async def test_what_is_for_one_goes_at_once_behind_what_is_held(window: float) -> None:
    hub, sockets, connections = room(window)
    frames = [message(number).frame for number in range(3)]
    hub.publish(message(0))
    hub.publish(message(1))
    connections[0].send(message(2))
    assert sockets[0].writes == [b"".join(frames)]
    assert sockets[1].writes == []


async def test_what_is_held_is_sent_before_the_closing_frame() -> None:
    hub, sockets, connections = room(MOST)
    hub.publish(message(0))
    hub.publish(message(1))
    connections[0].close(4403, "kicked")
    assert sockets[0].writes == [message(0).frame + message(1).frame, b"close"]


async def test_a_flood_is_not_held() -> None:
    """What waits for its turn has a bound."""
    hub, sockets, _ = room(MOST, people=1)
    for number in range(40):
        hub.publish(message(number, size=HELD_BYTES // 10))
    await asyncio.sleep(0)
    waiting = 40 * len(message(1, size=HELD_BYTES // 10).frame) - sum(map(len, sockets[0].writes))
    assert waiting <= HELD_BYTES + 100


async def test_a_full_socket_misses_what_it_would_have_missed() -> None:
    hub, sockets, connections = room(MOST)
    hub.publish(message(0))
    hub.publish(message(1))
    connections[0].release()
    on_full = sockets[0].on_full
    assert on_full is not None
    on_full()
    hub.publish(message(2))
    await rested(hub)
    assert b"".join(sockets[0].writes) == message(0).frame + message(1).frame
    assert connections[0].missed


acts = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["publish", "chat", "pass"]), st.just(0)),
        st.tuples(st.sampled_from(["but", "send", "close", "full"]), st.integers(0, 2)),
    ),
    max_size=15,
)


async def written(window: float, done: list[tuple[str, int]]) -> list[bytes]:
    """What each socket has got after those acts."""
    hub, sockets, connections = room(window)
    for number, (act, whom) in enumerate(done):
        match act:
            case "publish":
                hub.publish(message(number))
            case "but":
                hub.publish(message(number), but=str(whom))
            case "chat":
                hub.publish_chat(number + 1, message(number))
            case "send":
                connections[whom].send(message(number))
            case "close":
                connections[whom].close(4403, "kicked")
                hub.leave(str(whom))
            case "full":
                connections[whom].release()
                connections[whom].full_since = 1.0
            case "pass":
                await asyncio.sleep(0.001)
    await rested(hub)
    return [b"".join(socket.writes) for socket in sockets]


@settings(max_examples=25, deadline=None)
@given(acts)
def test_everybody_gets_the_same_bytes_however_they_are_held(done: list[tuple[str, int]]) -> None:
    assert asyncio.run(written(LEAST, done)) == asyncio.run(written(0.0, done))


async def test_a_process_that_stands_still_is_behind_and_one_that_runs_is_not() -> None:
    pace = Pace()
    assert pace.window() == 0
    async with asyncio.timeout(PATIENCE):
        while pace.window() == 0:
            time.sleep(0.03)  # the loop stands still, as it does under load
            await asyncio.sleep(0)
    await asyncio.sleep((UNASKED_LOOKS + 3) * LOOK_EVERY)
    assert pace.window() == 0  # nothing was told meanwhile: it has begun anew
