"""What other apps and other processes tell live rooms."""

import asyncio
import subprocess
import sys

import pytest

from tests.sync.harness import ROOT, Engine


@pytest.mark.parametrize("reason", ["kicked", "banned", "not_member"])
async def test_kicked(engine: Engine, room: str, reason: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob, engine.client(room, "bob") as tab:
        await asyncio.to_thread(engine.notice, "kicked", room_id=room, user_id="bob", reason=reason)
        assert await bob.closed() == await tab.closed() == (4403, reason)
        assert (await alice.next("presence", event="left"))["participant"]["user"] == "bob"
        assert (await alice.does("play"))["state"] == "playing"


async def test_other_processes_are_heard(engine: Engine, room: str) -> None:
    async with engine.client(room, "bob") as bob:
        code = f"import django; django.setup(); from sync import notices; notices.kicked({room!r}, 'bob')"
        await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", code], cwd=ROOT, env=engine.environment, check=True
        )
        assert await bob.closed() == (4403, "kicked")


async def test_role_changed(engine: Engine, room: str) -> None:
    async with engine.client(room, "bob") as bob:
        assert (await bob.does("play", "a"))["code"] == "forbidden"
        await asyncio.to_thread(engine.notice, "role_changed", room_id=room, user_id="bob", role="host")
        assert (await bob.next("presence"))["participant"]["role"] == "host"
        assert (await bob.does("play", "b"))["state"] == "playing"


async def test_room_closed(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await asyncio.to_thread(engine.notice, "room_closed", room_id=room)
        assert await alice.closed() == await bob.closed() == (4410, "closed")


async def test_signed_out(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await asyncio.to_thread(engine.notice, "signed_out", sid="sid-bob")
        assert await bob.closed() == (4401, "signed_out")
        await asyncio.to_thread(engine.notice, "user_signed_out", user_id="owner", but_sid="sid-owner")
        await alice.now()
        await asyncio.to_thread(engine.notice, "user_signed_out", user_id="owner")
        assert (await alice.closed())[0] == 4401


async def test_chat_deleted(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        await asyncio.to_thread(engine.notice, "chat_deleted", room_id=room, chat_seq=7)
        assert await alice.next("chat_deleted") == {"type": "chat_deleted", "chat_seq": 7}


async def test_queue_changed(engine: Engine, room: str) -> None:
    async with engine.client(f"{room}-movie") as alice:
        await asyncio.to_thread(engine.notice, "queue_changed", room_id=f"{room}-movie")
        assert await alice.next("queue") == {"type": "queue"}


async def test_item_changed(engine: Engine, room: str) -> None:
    """The movie's length becomes known: positions past it are clamped."""
    async with engine.client(room) as alice:
        await alice.does("load", "a", item="unknown")
        await alice.does("seek", "b", position=500)
        await asyncio.to_thread(engine.notice, "item_changed", room_id=room, item_id="unknown", duration=120.0)
        assert await alice.next("movie") == {"type": "movie", "item": "unknown"}
        assert (await alice.next("timeline"))["position"] == 120.0


async def test_profile_changed(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await asyncio.to_thread(engine.notice, "profile_changed", user_id="bob", name="Robert")
        assert (await alice.next("presence", event="changed"))["participant"]["name"] == "Robert"
        await bob.send("chat", id="c", text="me")
        assert (await alice.next("chat"))["by"]["name"] == "Robert"
