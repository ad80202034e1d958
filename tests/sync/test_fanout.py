"""A room's sockets are written to together, by descriptor: everybody gets what is theirs, whole and in order."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import uvloop
from hypothesis import example, given, settings
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.server import ServerState

from sync.hub import Hub
from sync.pressure import MOST
from sync.protocol import Message
from sync.sockets import DirectConnection
from sync.uvicorn_protocol import RoomProtocol
from tests.sync.test_crowd_cost import calls
from tests.sync.test_hub import Steady
from tests.waiting import PATIENCE


class Socket:
    """The server's end of a pair as a transport has it: what the socket doesn't take waits, and goes first."""

    def __init__(self) -> None:
        self.on_full: Callable[[], None] | None = None
        self.on_drained: Callable[[], None] | None = None
        self.on_used: Callable[[], None] | None = None
        self.ours, self.theirs = socket.socketpair()
        self.ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        for end in (self.ours, self.theirs):
            end.setblocking(False)
        self.unsent = b""
        self.got = b""
        self.by_itself = 0
        """How often it was written to by itself."""

    def write(self, frames: bytes) -> None:
        self.by_itself += 1
        self.unsent += frames

    def descriptor(self) -> int:
        return -1 if self.unsent else self.ours.fileno()

    def answer(self, frames: bytes) -> None:
        """Something of the protocol's own, such as a pong."""
        if self.on_used is not None:
            self.on_used()
        self.unsent += frames

    def close(self, code: int, reason: str) -> None:
        self.unsent += b"close"

    def abort(self) -> None: ...

    def read(self) -> None:
        """The peer reads all there is, and the transport sends what waits."""
        while True:
            try:
                self.got += self.theirs.recv(1 << 20)
            except BlockingIOError:
                if not self.unsent:
                    return
                with suppress(BlockingIOError):
                    self.unsent = self.unsent[self.ours.send(self.unsent) :]


@contextmanager
def room(window: float, people: int = 3) -> Iterator[tuple[Hub, list[Socket], list[DirectConnection]]]:
    hub, sockets = Hub(Steady(window)), [Socket() for _ in range(people)]
    connections = [DirectConnection(one) for one in sockets]
    for number, connection in enumerate(connections):
        connection.chat_live = True
        hub.enter(str(number), connection)
    try:
        yield hub, sockets, connections
    finally:
        for one in sockets:
            one.ours.close()
            one.theirs.close()


def message(number: int, size: int = 20) -> Message:
    return Message(b"%d" % number + b" " * size)


async def test_nobody_is_written_to_by_themselves() -> None:
    with room(0.0) as (hub, sockets, _):
        for number in range(3):
            hub.publish(message(number))
            await asyncio.sleep(0)
        for one in sockets:
            one.read()
        assert [(one.got, one.by_itself) for one in sockets] == [(b"".join(message(n).frame for n in range(3)), 0)] * 3


async def test_what_is_for_one_alone_comes_in_its_turn_and_then_it_is_one_of_all() -> None:
    with room(0.0) as (hub, sockets, connections):
        hub.publish(message(0))
        await asyncio.sleep(0)
        connections[1].send(message(1))
        hub.publish(message(2))  # the transport has sent nothing yet
        await asyncio.sleep(0)
        sockets[1].read()
        hub.publish(message(3))
        await asyncio.sleep(0)
        for one in sockets:
            one.read()
        assert sockets[1].got == b"".join(message(n).frame for n in range(4))
        assert sockets[0].got == sockets[2].got == b"".join(message(n).frame for n in (0, 2, 3))
        assert [one.by_itself for one in sockets] == [0, 2, 0]


async def test_what_a_full_socket_has_not_taken_goes_by_its_transport() -> None:
    with room(0.0) as (hub, sockets, _):
        frames = b""
        for number in range(40):
            hub.publish(message(number, size=30_000))
            frames += message(number, size=30_000).frame
            for one in (sockets[0], sockets[2]):
                one.read()
        assert sockets[1].by_itself
        assert sockets[1].unsent
        sockets[1].read()
        assert [one.got == frames for one in sockets] == [True] * 3


async def test_a_socket_whose_peer_is_gone_is_left_to_its_transport() -> None:
    with room(0.0) as (hub, sockets, _):
        hub.publish(message(0))
        await asyncio.sleep(0)
        sockets[1].theirs.close()
        hub.publish(message(1))
        await asyncio.sleep(0)
        assert sockets[1].unsent == message(1).frame
        for one in (sockets[0], sockets[2]):
            one.read()
            assert one.got == message(0).frame + message(1).frame


async def test_who_has_left_is_told_nothing_more() -> None:
    with room(0.0) as (hub, sockets, _):
        hub.publish(message(0))
        await asyncio.sleep(0)
        hub.leave("1")
        hub.publish(message(1))
        await asyncio.sleep(0)
        for one in sockets:
            one.read()
        both = message(0).frame + message(1).frame
        assert [one.got for one in sockets] == [both, message(0).frame, both]


async def test_a_socket_of_the_fan_out_costs_no_call_of_python() -> None:
    async def calls_of(people: int) -> int:
        with room(0.0, people) as (hub, _, _):
            hub.publish(message(0))
            await asyncio.sleep(0)
            hub.publish(message(1))
            assert hub.resting is not None
            return calls(hub.resting._run)

    assert await calls_of(3) == await calls_of(100)


acts = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["publish", "large", "chat", "pass"]), st.just(0)),
        st.tuples(st.sampled_from(["but", "send", "answer", "read", "leave", "come back", "close"]), st.integers(0, 2)),
    ),
    max_size=25,
)


async def told(window: float, done: list[tuple[str, int]]) -> None:
    """Does it, and compares what each socket got with what was meant for it."""
    with room(window) as (hub, sockets, connections):
        meant = [b""] * 3
        here, open_ = {0, 1, 2}, {0, 1, 2}
        for number, (act, whom) in enumerate(done):
            told_to, one = message(number, size=9_000 if act == "large" else 20), set[int]()
            match act:
                case "publish" | "large":
                    hub.publish(told_to)
                    one = here & open_
                case "but":
                    hub.publish(told_to, but=str(whom))
                    one = (here & open_) - {whom}
                case "chat":
                    hub.publish_chat(number + 1, told_to)
                    one = here & open_
                case "send" if whom in open_:
                    connections[whom].send(told_to)
                    one = {whom}
                case "answer" if whom in open_:
                    # A pong may overtake what is held, as it may any message (RFC 6455, 5.5.2): not compared.
                    connections[whom].release()
                    if hub.resting is None:
                        sockets[whom].answer(told_to.frame)
                        one = {whom}
                case "read":
                    sockets[whom].read()
                case "leave":
                    hub.leave(str(whom))
                    here.discard(whom)
                case "come back" if whom in open_ and whom not in here:
                    connections[whom].release()
                    hub.enter(str(whom), connections[whom])
                    here.add(whom)
                case "close" if whom in open_ and whom in here:
                    connections[whom].close(4403, "kicked")
                    hub.leave(str(whom))
                    open_.discard(whom)
                    here.discard(whom)
                    meant[whom] += b"close"
                case "pass":
                    await asyncio.sleep(0.001)
            for whom in one:
                meant[whom] += told_to.frame
        async with asyncio.timeout(PATIENCE):
            while hub.resting is not None:
                await asyncio.sleep(0.001)
        for connection, one_socket in zip(connections, sockets, strict=True):
            connection.release()
            one_socket.read()
        assert [one.got for one in sockets] == meant


@example([("publish", 0), ("publish", 0), ("send", 1)], MOST)
@example([("publish", 0), ("publish", 0), ("leave", 1), ("come back", 1)], MOST)
@settings(max_examples=100, deadline=None)
@given(acts, st.sampled_from([0.0, 0.002, MOST]))
def test_everybody_gets_what_is_theirs_whatever_happens(done: list[tuple[str, int]], window: float) -> None:
    asyncio.run(told(window, done))


class Watching(RoomProtocol):
    """Notes whether the descriptor was still this socket's whenever it was to be let go, and at the end."""

    def __init__(self, config: Config, state: ServerState) -> None:
        super().__init__(config, state, {}, asyncio.get_running_loop())
        self.noted: list[bool] = []
        self.gone = asyncio.Event()
        self.on_used = self.note

    def note(self) -> None:
        self.noted.append(os.fstat(self._descriptor).st_ino == self.inode)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.inode = os.fstat(self._descriptor).st_ino

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.gone.set()


@pytest.mark.parametrize("ends", ["the peer closes", "the peer resets", "closed", "aborted", "shut down", "rubbish"])
@pytest.mark.parametrize("loop", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_a_descriptor_is_let_go_before_it_is_closed(loop: Callable[[], asyncio.AbstractEventLoop], ends: str) -> None:
    """Another connection may have its number at once, and would get this room's messages."""

    async def app(scope: object, receive: object, send: object) -> None: ...

    async def end() -> None:
        config = Config(app, ws=Watching, log_config=None)
        config.load()
        made: list[Watching] = []

        def protocol() -> Watching:
            made.append(Watching(config, ServerState()))
            return made[-1]

        server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
        peer = socket.create_connection(server.sockets[0].getsockname())
        async with asyncio.timeout(PATIENCE):
            while not made or made[0].transport is None:
                await asyncio.sleep(0.001)
            match ends:
                case "the peer closes":
                    peer.close()
                case "the peer resets":
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    peer.close()
                case "closed":
                    made[0].transport.close()
                case "aborted":
                    made[0].abort()
                case "shut down":
                    made[0].shutdown()
                case "rubbish":
                    peer.sendall(b"\0" * 100 + b"\r\n\r\n")
                    made[0].transport.close()
            await made[0].gone.wait()
        peer.close()
        server.close()
        assert made[0].noted
        assert all(made[0].noted)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(end())


@pytest.mark.parametrize("loop", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_a_descriptor_is_told_only_while_nothing_waits_before_it(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """Otherwise what is written to it would come in the middle of what its transport still holds."""

    async def app(scope: object, receive: Callable[[], Any], send: Callable[[object], Any]) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()

    async def play() -> None:
        config = Config(app, ws=RoomProtocol, log_config=None)
        config.load()
        made: list[RoomProtocol] = []

        def protocol() -> RoomProtocol:
            made.append(RoomProtocol(config, ServerState(), {}, asyncio.get_running_loop()))
            return made[-1]

        async def until(told: Callable[[], bool]) -> None:
            while not told():
                await asyncio.sleep(0.001)

        server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), limit=1 << 25)
        async with asyncio.timeout(PATIENCE):
            await until(lambda: bool(made))
            assert made[0].descriptor() == -1  # no handshake yet
            writer.write(
                b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            await reader.readuntil(b"\r\n\r\n")
            await until(lambda: made[0].descriptor() >= 0)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            made[0].write(b"x" * (1 << 24))
            await asyncio.sleep(0.01)
            assert made[0].descriptor() == -1
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            await reader.readexactly(1 << 24)
            await until(lambda: made[0].descriptor() >= 0)
            held: list[None] = []
            made[0].on_used = lambda: made[0].write(b"held") or held.append(None)  # type: ignore[func-returns-value]
            made[0].shutdown()
            assert made[0].descriptor() == -1
            assert (await reader.read()).startswith(b"held\x88")  # then the closing frame
        writer.close()
        server.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(play())
