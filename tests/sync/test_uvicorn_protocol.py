"""What our protocol class relies on in uvicorn, and how its connections end."""

import asyncio
import base64
import json
import os
import signal
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sync.harness import Engine
from tests.waiting import PATIENCE

MASK = b"\x00\x00\x00\x00"


def frame(
    opcode: int, payload: bytes = b"", *, final: bool = True, masked: bool = True, size: int | None = None
) -> bytes:
    length = len(payload) if size is None else size
    head = bytes([0x80 * final | opcode])
    if length < 126:
        head += bytes([0x80 * masked | length])
    elif length < 1 << 16:
        head += struct.pack("!BH", 0x80 * masked | 126, length)
    else:
        head += struct.pack("!BQ", 0x80 * masked | 127, length)
    return head + (MASK if masked else b"") + payload


class Raw:
    """A bare TCP client that has been upgraded."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    @asynccontextmanager
    async def upgraded(cls, engine: Engine, room: str, user: str = "owner", extra: str = "") -> AsyncIterator["Raw"]:
        raw = cls(*await asyncio.open_connection("127.0.0.1", engine.port))
        key = base64.b64encode(os.urandom(16)).decode()
        raw.writer.write(
            f"GET /ws/rooms/{room}/ HTTP/1.1\r\nHost: 127.0.0.1:{engine.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: watchparty.v1\r\nAuthorization: Bearer {user}\r\n{extra}\r\n".encode()
        )
        raw.head = (await raw.reader.readuntil(b"\r\n\r\n")).decode().lower()
        try:
            yield raw
        finally:
            raw.writer.transport.abort()
            await asyncio.sleep(0)

    head = ""

    def write(self, *frames: bytes) -> None:
        self.writer.write(b"".join(frames))

    async def read(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame."""
        async with asyncio.timeout(PATIENCE):
            opcode, length = await self.reader.readexactly(2)
            if length == 126:
                length = struct.unpack("!H", await self.reader.readexactly(2))[0]
            return opcode & 15, await self.reader.readexactly(length)

    async def closing(self) -> tuple[int, bool]:
        """The code of the server's closing frame (0 for none), and whether nothing came after it."""
        async with asyncio.timeout(PATIENCE):
            code = 0
            try:
                while code == 0:
                    opcode, payload = await self.read()
                    if opcode == 8:
                        code = struct.unpack("!H", payload[:2])[0] if payload else 1005
            except (asyncio.IncompleteReadError, ConnectionError):
                return code, True
            self.write(frame(8, struct.pack("!H", code)))
            try:
                return code, await self.reader.read() == b""
            except ConnectionError:
                return code, True


def test_uvicorn_is_the_one_that_this_was_made_for() -> None:
    assert uvicorn.__version__.startswith("0.54.")


async def test_it_works(engine: Engine, room: str) -> None:
    async with Raw.upgraded(engine, room) as raw:
        assert "sec-websocket-protocol: watchparty.v1" in raw.head
        assert json.loads((await raw.read())[1])["type"] == "welcome"
        raw.write(frame(1, b'{"type":"clock","t0":7}'))
        assert json.loads((await raw.read())[1])["t0"] == 7


async def test_frames_of_one_read_are_taken_in_their_order(engine: Engine, room: str) -> None:
    """Short ones are cut out by hand, what follows goes through the parser: a long one, pieces, a bit of the next."""
    asked = [b'{"type":"clock","t0":%d}' % number for number in range(8)]
    long = asked[3][:-1] + b" " * 200 + b"}"
    first = b"".join(frame(1, text) for text in asked[:3]) + frame(1, long)
    pieces = frame(1, asked[4][:5], final=False) + frame(0, asked[4][5:]) + frame(1, asked[5]) + frame(1, asked[6])
    last = frame(1, asked[7])
    async with Raw.upgraded(engine, room) as raw:
        await raw.read()
        raw.write(first, pieces, last[:9])
        assert [json.loads((await raw.read())[1])["t0"] for _ in range(7)] == list(range(7))
        raw.write(last[9:])
        assert json.loads((await raw.read())[1])["t0"] == 7


async def test_a_connection_that_has_ended_does_not_wait_for_the_collector(
    new_engine: Callable[..., Engine], room: str
) -> None:
    """A full collection is rare, for it stops every room: whoever came and went is gone without one."""
    engine = new_engine()
    for _ in range(5):
        async with Raw.upgraded(engine, room) as raw:
            await raw.read()
        async with Raw.upgraded(engine, room) as raw:
            raw.write(frame(8, struct.pack("!H", 1000)))
            await raw.closing()
    async with asyncio.timeout(PATIENCE):
        while any(engine.http.get("/in-memory/").json().values()):
            await asyncio.sleep(0.1)


async def test_compression_is_never_agreed_on(engine: Engine, room: str) -> None:
    async with Raw.upgraded(engine, room, extra="Sec-WebSocket-Extensions: permessage-deflate\r\n") as raw:
        assert "sec-websocket-extensions" not in raw.head


async def test_pings_are_answered(engine: Engine, room: str) -> None:
    async with Raw.upgraded(engine, room) as raw:
        await raw.read()
        raw.write(frame(9, b"are you there"))
        assert await raw.read() == (10, b"are you there")


async def test_any_cut_of_the_stream_gives_the_same_frames(engine: Engine, room: str) -> None:
    """Frames arrive byte by byte, and many in one segment."""
    async with Raw.upgraded(engine, room) as raw:
        await raw.read()
        for byte in frame(1, b'{"type":"clock","t0":1}'):
            raw.writer.write(bytes([byte]))
            await raw.writer.drain()
            await asyncio.sleep(0)
        raw.write(*(frame(1, b'{"type":"clock","t0":%d}' % number) for number in range(2, 40)))
        assert [json.loads((await raw.read())[1])["t0"] for _ in range(39)] == list(range(1, 40))


async def test_more_unread_frames_than_are_kept_are_all_read(engine: Engine, room: str) -> None:
    """Reading pauses while the application lags, and goes on."""
    async with Raw.upgraded(engine, room, "bob") as raw:
        raw.write(*(frame(1, b'{"type":"seek","id":"%d","position":1}' % number) for number in range(199)))
        raw.write(frame(1, b'{"type":"clock","t0":99}'))
        answers: list[dict[str, Any]] = []
        while not answers or answers[-1]["type"] != "clock":
            answers.append(json.loads((await raw.read())[1]))
        assert len([one for one in answers if one["type"] == "error"]) == 199


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (frame(8, struct.pack("!H", 1000)), 1000),
        (frame(8), 1005),
        (frame(8, b"\x03"), 1002),
        (frame(8, struct.pack("!H", 1005)), 1002),
        (frame(3, b"x"), 1002),
        (frame(11), 1002),
        (frame(0, b"x"), 1002),
        (frame(9, b"x" * 126), 1002),
        (frame(9, final=False), 1002),
        (frame(1, b"x", masked=False), 1002),
        (bytes([0xC1]) + frame(1, b"{}")[1:], 1002),
        (frame(1, b"{", final=False) + frame(1, b"}"), 1002),
        (frame(1, b"\xff\xfe"), 1007),
        (frame(1, size=1 << 20), 1009),
        (frame(1, size=1 << 62), 1009),
        (frame(1, b"x" * 40_000, final=False) + frame(0, b"x" * 40_000), 1009),
    ],
)
async def test_how_it_ends(engine: Engine, room: str, frames: bytes, code: int) -> None:
    async with engine.client(room) as alice, Raw.upgraded(engine, room, "bob") as raw:
        raw.write(frames)
        assert await raw.closing() == (code, True)
        gone = await alice.next("presence", event="changed")
        assert gone["participant"]["connected"] is False


async def test_nothing_is_written_after_the_closing_frame(engine: Engine, room: str) -> None:
    """Bob closes while Alice shouts: what is for him ends with the closing frame."""
    async with engine.client(f"{room}-everyone") as alice, Raw.upgraded(engine, f"{room}-everyone", "bob") as raw:
        for number in range(50):
            await alice.send("seek", id=str(number), position=number + 1)
            if number == 20:
                raw.write(frame(8, struct.pack("!H", 1000)), frame(1, b'{"type":"sync"}'))
        assert await raw.closing() == (1000, True)


async def test_a_peer_that_never_answers_our_close_is_cut_off(engine: Engine, room: str) -> None:
    async with Raw.upgraded(engine, room, "bob") as raw:
        raw.write(frame(2, b"x") * 5)
        while (await raw.read())[0] != 8:
            pass
        async with asyncio.timeout(PATIENCE):
            assert await raw.reader.read() == b""


@pytest.mark.parametrize(
    "flood",
    [
        frame(9, b"ping") * 300,
        frame(10) * 300,
        frame(1, b"{", final=False) + frame(0, final=False) * 300,
    ],
    ids=["pings", "pongs", "bits of a message"],
)
async def test_frames_that_make_no_message_are_counted(engine: Engine, room: str, flood: bytes) -> None:
    async with Raw.upgraded(engine, room, "bob") as raw:
        await raw.read()
        raw.write(flood)
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionError):
                await raw.reader.read()


async def test_wrong_frames_before_the_handshake_is_answered(engine: Engine, room: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", engine.port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /ws/rooms/{room}/ HTTP/1.1\r\nHost: 127.0.0.1:{engine.port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer bob\r\n\r\n".encode()
    )
    before = len(engine.log)
    with suppress(ConnectionError):
        for _ in range(20):
            writer.write(frame(0) * 1000)
            await writer.drain()
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionError):
            # What comes in one piece with the request, uvicorn drops, and answers: then one more.
            await reader.read(1)
            writer.write(frame(0))
            await reader.read()
    writer.transport.abort()
    assert "Traceback" not in engine.log[before:]


@pytest.mark.parametrize("user", ["bob", "stranger"])
async def test_what_comes_after_our_closing_frame_is_bounded(engine: Engine, room: str, user: str) -> None:
    async with Raw.upgraded(engine, room, user) as raw:
        raw.write(frame(2, b"x") * 5)
        while (await raw.read())[0] != 8:
            pass
        raw.write(frame(1, b"x" * 1000) * 100)
        async with asyncio.timeout(3):  # and not the seconds that a silent peer has
            with suppress(ConnectionError):
                assert await raw.reader.read() == b""


async def test_nothing_answers_a_ping_after_our_closing_frame(engine: Engine, room: str) -> None:
    async with Raw.upgraded(engine, room, "bob") as raw:
        raw.write(frame(2, b"x") * 5, frame(9, b"late") * 3)
        while (await raw.read())[0] != 8:
            pass
        raw.write(frame(9, b"later"), frame(8, struct.pack("!H", 4400)))
        assert await raw.reader.read() == b""


async def test_many_frames_in_one_segment_are_all_taken(new_engine: Callable[..., Engine], room: str) -> None:
    engine = new_engine(SYNC_MESSAGES_PER_SECOND="0")
    async with Raw.upgraded(engine, room) as raw:
        await raw.read()
        raw.write(*(frame(1, b'{"type":"clock","t0":%d}' % number) for number in range(3000)))
        assert [json.loads((await raw.read())[1])["t0"] for _ in range(3000)] == list(range(3000))
        raw.write(frame(1, b'{"type":"clock","t0":-1}'))
        assert json.loads((await raw.read())[1])["t0"] == -1


@pytest.mark.parametrize("opcode", [0, 1, 9, 10])
async def test_a_flood_of_empty_frames_holds_up_nobody(engine: Engine, room: str, opcode: int) -> None:
    async with engine.client(room) as alice, Raw.upgraded(engine, room, "bob") as raw:
        with suppress(ConnectionError):
            raw.write(frame(opcode) * 500_000)
        slowest = 0.0
        for _ in range(20):
            began = asyncio.get_running_loop().time()
            await alice.send("clock", t0=1)
            await alice.next("clock", timeout=10)
            slowest = max(slowest, asyncio.get_running_loop().time() - began)
        assert slowest < 0.5


async def test_a_broken_connection_is_noticed(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        async with Raw.upgraded(engine, room, "bob") as raw:
            await raw.read()
        gone = await alice.next("presence", event="changed")
        assert gone["participant"]["state"] == "offline"


async def test_shutdown_says_1012_to_all_and_waits_for_none(new_engine: Callable[..., Engine], room: str) -> None:
    engine = new_engine()
    async with engine.client(room) as alice, Raw.upgraded(engine, room, "bob") as raw:
        raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
        began = asyncio.get_running_loop().time()
        stopping = asyncio.create_task(asyncio.to_thread(engine.stop, signal.SIGTERM))
        assert (await alice.closed())[0] == 1012
        await stopping
        assert asyncio.get_running_loop().time() - began < 9


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.binary(max_size=60) | st.builds(frame, st.integers(0, 15), st.binary(max_size=60)), max_size=12))
def test_no_bytes_break_the_server(engine: Engine, chunks: list[bytes]) -> None:
    async def throw() -> None:
        async with Raw.upgraded(engine, "bytes", "bob") as raw:
            for chunk in chunks:
                raw.write(chunk)
            with suppress(ConnectionError):
                await raw.writer.drain()
            await asyncio.sleep(0.01)
        async with engine.client("bytes") as alice:
            assert (await alice.does("seek", "sane", position=1))["type"] in ("timeline", "ack")

    before = len(engine.log)
    asyncio.run(throw())
    assert "Traceback" not in engine.log[before:]
