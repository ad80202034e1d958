"""A client that doesn't read costs the others nothing, and the server one transport buffer."""

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path

from tests.sync.harness import Client, Engine

TEXT = "x" * 1900


def rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def stuck_socket(port: int) -> socket.socket:
    """A TCP connection that takes little."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", port))
    return raw


async def chatter(client: Client, count: int) -> None:
    for number in range(count):
        await client.send("chat", id=f"{number}", text=TEXT)
        if number % 50 == 49:
            await client.next("chat", id=f"{number}")


async def test_it_works(new_engine: Callable[..., Engine], room: str) -> None:
    """Bob stops reading for 10 MB of chat: he is left out, and when he reads again he has every line, in order."""
    engine = new_engine(SYNC_MESSAGES_PER_SECOND="0", SYNC_FULL_SECONDS="60", SYNC_HEARTBEAT_TIMEOUT="90")
    raw = stuck_socket(engine.port)
    async with (
        engine.client(room) as alice,
        engine.socket(room, "bob", sock=raw) as connection,
    ):
        connection.transport.pause_reading()
        before = rss_mb(engine.pid)
        await chatter(alice, 5000)
        last = await alice.does("seek", "last", position=42)
        assert rss_mb(engine.pid) - before < 60  # the chat log of the test's own, 10 MB, lies there too
        connection.transport.resume_reading()
        lines: list[int] = []
        newest = 0
        async with asyncio.timeout(60):
            while len(lines) < 5000 or newest < last["seq"]:
                message = json.loads(await connection.recv())
                if message["type"] == "chat":
                    lines.append(message["chat_seq"])
                if message["type"] == "timeline":
                    newest = message["seq"]
        assert lines == list(range(1, 5001))


async def test_one_that_stays_full_is_cut_off(new_engine: Callable[..., Engine], room: str) -> None:
    engine = new_engine(SYNC_MESSAGES_PER_SECOND="0", SYNC_FULL_SECONDS="0.5", SYNC_HEARTBEAT_TIMEOUT="60")
    raw = stuck_socket(engine.port)
    async with engine.client(room) as alice, engine.socket(room, "bob", sock=raw) as connection:
        connection.transport.pause_reading()
        async with asyncio.timeout(60):
            while True:
                await alice.send("chat", id=f"{id(object())}{asyncio.get_running_loop().time()}", text=TEXT)
                message = await alice.next("presence", "chat")
                if message["type"] == "presence" and message["participant"]["state"] == "offline":
                    break
        assert (await alice.does("play"))["state"] == "playing"
        connection.transport.abort()
