"""Bad frames: an error each, never a change; the fifth within a minute closes with 4400."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from sync.protocol.incoming import LARGEST_FRAME
from tests.sync.harness import Client, Engine

RUBBISH: list[str | bytes] = [
    "",
    "{",
    "null",
    "[]",
    '"play"',
    "1e999",
    '{"type":"seek","id":"x","position":NaN}',
    '{"type":"dance","id":"x"}',
    '{"id":"x"}',
    '{"type":5}',
    '{"type":null}',
    "[" * 5000 + "]" * 5000,
    '{"type":"play","id":"x","a":' + "[" * 5000 + "]" * 5000 + "}",
    b"",
    b'{"type":"sync"}',
    b"\xff\xfe",
]


@pytest.mark.parametrize("frame", RUBBISH, ids=range(len(RUBBISH)))
async def test_rubbish_gets_an_error(engine: Engine, room: str, frame: str | bytes) -> None:
    async with engine.client(room) as alice:
        await alice.connection.send(frame)
        assert (await alice.next("error"))["code"] == "bad_message"
        assert (await alice.does("play"))["state"] == "playing"


async def test_the_fifth_closes(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        for _ in range(4):
            await alice.connection.send("rubbish")
            await alice.next("error")
        await alice.connection.send("rubbish")
        assert await alice.closed() == (4400, "bad_message")


async def test_a_refused_command_is_no_rubbish(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        for number in range(20):
            refused = await alice.does("seek", str(number), position=-1)
            assert (refused["code"], refused["id"]) == ("bad_message", str(number))
        assert (await alice.does("play", "z"))["state"] == "playing"


@pytest.mark.parametrize("id", ["", "x" * 65, 5, None, True, ["x"]])
async def test_a_bad_id(engine: Engine, room: str, id: object) -> None:
    async with engine.client(room) as alice:
        await alice.send("play", id=id)
        refused = await alice.next("error")
        assert refused["code"] == "bad_message"
        assert refused.get("id") in (None, id)
        assert (await alice.does("play", "x" * 64))["state"] == "playing"


async def test_frames_up_to_16_kib_are_read(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        head, tail = '{"type":"play","id":"a","x":"', '"}'
        await alice.connection.send(head + "x" * (LARGEST_FRAME - len(head) - len(tail)) + tail)
        assert (await alice.next("timeline"))["state"] == "playing"


@pytest.mark.parametrize("size", [LARGEST_FRAME + 1, 70_000])
@pytest.mark.parametrize("letter", ["x", "é"])
async def test_a_larger_frame_closes(engine: Engine, room: str, size: int, letter: str) -> None:
    async with engine.client(room) as alice:
        await alice.connection.send(letter * (size // len(letter.encode()) + 1))
        assert (await alice.closed())[0] in (1009, 4400)


async def test_fragments_are_one_message(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        await alice.connection.send(["", '{"type":"pl', 'ay","id', '":"a"}'])
        assert (await alice.next("timeline"))["cause"]["id"] == "a"


async def test_what_was_sent_before_the_welcome_counts(engine: Engine, room: str) -> None:
    """A client need not wait: its commands take effect after the welcome."""
    async with engine.socket(room) as connection:
        alice = Client(connection)
        await alice.send("play", id="early")
        first, second = json.loads(await connection.recv()), json.loads(await connection.recv())
        assert (first["type"], second["cause"]["id"]) == ("welcome", "early")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
TYPES = ["clock", "status", "play", "pause", "seek", "rate", "load", "chat", "reaction", "typing", "sync"]
KEYS = ["id", "t0", "down", "rtt", "force", "at", "position", "rate", "item", "after", "state", "seq", "text", "emoji"]
KEYS = ["id", "t0", "down", "rtt", "force", "at", "position", "rate", "item", "after", "state", "seq", "text", "emoji"]
MESSAGES = st.fixed_dictionaries({"type": st.sampled_from(TYPES)}, optional=dict.fromkeys(KEYS, JSON))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    started = Engine(tmp_path_factory.mktemp("busy") / "data", SYNC_MESSAGES_PER_SECOND="0").start()
    yield started
    started.stop()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(frames=st.lists(MESSAGES.map(json.dumps) | st.text(max_size=40) | st.binary(max_size=40), max_size=30))
def test_nothing_a_client_sends_breaks_the_room(busy: Engine, frames: list[str | bytes]) -> None:
    """Whatever Bob sends, he is answered or closed with 4400, and Alice's room goes on with sane timelines."""

    async def play() -> None:
        async with busy.client("fuzz-everyone-movie") as alice:
            async with busy.client("fuzz-everyone-movie", "bob") as bob:
                for frame in frames:
                    await bob.connection.send(frame)
                code, _ = await bob.closed() if await gone(bob) else (None, "")
                assert code in (None, 4400)
            answer = await alice.does("seek", "sane", position=5)
            assert answer["type"] in ("timeline", "ack")

    async def gone(bob: Client) -> bool:
        try:
            await bob.now()
        except ConnectionClosed:
            return True
        return False

    asyncio.run(play())
    assert "Traceback" not in busy.log
