"""What hosts and members do with each other's rights, over sockets in two web processes on PostgreSQL and Redis."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.clips import make_clip
from tests.live import LiveServer, Person, receive, send
from tests.stack.conftest import HOST_GONE
from tests.waiting import PATIENCE

pytestmark = pytest.mark.server

SOON = 1.0


@dataclass
class Party:
    """Alice, the owner, and Bob, a member: both with a socket."""

    code: str
    alice: Person
    bob: Person
    host: ClientConnection
    member: ClientConnection

    async def patch(self, who: Person, by: Person, expect: int = 200, **change: Any) -> None:
        path = f"rooms/{self.code}/members/{who.id}/"
        answer = await asyncio.to_thread(by.http.patch, path, json=change)
        assert answer.status_code == expect, answer.text


NewParty = Callable[..., Awaitable[Party]]


@pytest.fixture
async def party(stack: LiveServer) -> AsyncIterator[NewParty]:
    """`await party(control="host")`: a room with these settings, Alice and Bob in it."""
    async with AsyncExitStack() as open_sockets:

        async def make(**fields: Any) -> Party:
            alice, bob = await asyncio.gather(*(asyncio.to_thread(stack.person, name) for name in ("alice", "bob")))
            code = alice.room(**fields)["code"]
            bob.post(f"rooms/{code}/join/")
            sockets = [await open_sockets.enter_async_context(one.connect(code)) for one in (alice, bob)]
            for socket in sockets:
                await receive(socket, "welcome")
            return Party(code, alice, bob, *sockets)

        yield make


async def told_of(socket: ClientConnection, user: Person, within: float = PATIENCE, **wanted: Any) -> None:
    """The socket hears within that time that a participant of this user is so."""
    async with asyncio.timeout(within):
        while True:
            one = (await receive(socket, "presence", within))["participant"]
            if one["user"] == user.id and all(one.get(key, False) == value for key, value in wanted.items()):
                return


async def say(socket: ClientConnection, text: str) -> dict[str, Any]:
    """The answer to a line of chat: the line itself, or the error."""
    id = uuid4().hex
    await send(socket, type="chat", id=id, text=text)
    async with asyncio.timeout(PATIENCE):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message.get("id") == id:
                return message


async def test_who_is_muted_reads_but_does_not_write(party: NewParty):
    room = await party()
    await room.patch(room.bob, room.alice, muted=True)
    for socket in (room.host, room.member):
        await told_of(socket, room.bob, muted=True)
    assert (await say(room.member, "hm"))["code"] == "forbidden"
    assert room.bob.http.post(f"rooms/{room.code}/messages/", json={"text": "hm"}).status_code == 403
    line = await say(room.host, "quiet now")
    assert (await receive(room.member, "chat"))["chat_seq"] == line["chat_seq"]

    # It outlasts leaving and coming back.
    room.bob.post(f"rooms/{room.code}/leave/")
    room.bob.post(f"rooms/{room.code}/join/")
    async with room.bob.connect(room.code) as again:
        assert (await receive(again, "welcome"))["you"]["muted"]
        await room.patch(room.bob, room.alice, muted=False)
        await told_of(again, room.bob, muted=False)
        assert (await say(again, "thanks"))["type"] == "chat"


async def test_nobody_mutes_whose_role_is_not_below_theirs(party: NewParty):
    room = await party()
    await room.patch(room.alice, room.bob, 403, muted=True)
    await room.patch(room.bob, room.alice, role="moderator")
    await room.patch(room.alice, room.bob, 403, muted=True)


async def test_slow_mode_says_how_long_to_wait(party: NewParty):
    room = await party(slow_mode=30)
    assert (await say(room.member, "one"))["type"] == "chat"
    refused = await say(room.member, "two")
    assert refused["code"] == "rate_limited"
    assert 20 < refused["retry_after"] <= 30
    for text in ("three", "four"):
        assert (await say(room.host, text))["type"] == "chat"

    change = {"slow_mode": 0}
    answer = await asyncio.to_thread(room.alice.http.patch, f"rooms/{room.code}/", json=change)
    assert answer.is_success
    assert (await receive(room.member, "room"))["slow_mode"] == 0
    assert (await say(room.member, "five"))["type"] == "chat"


async def test_control_on_request(party: NewParty):
    room = await party(control="host")
    wish = f"rooms/{room.code}/control-requests/"
    await asyncio.to_thread(room.bob.post, wish, 201)
    asked = await receive(room.host, "control_request")
    assert (asked["user"], asked["name"], asked["state"]) == (room.bob.id, "Bob", "asked")
    assert [one["user"]["id"] for one in room.alice.get(wish)["results"]] == [room.bob.id]
    await room.patch(room.bob, room.bob, 403, may_control=True)

    await room.patch(room.bob, room.alice, may_control=True)
    await told_of(room.host, room.bob, controls=True)
    # The asker heard of the wish as well.
    assert (await receive(room.member, "control_request"))["state"] == "asked"
    assert (await receive(room.member, "control_request"))["state"] == "granted"
    await send(room.member, type="seek", id="mine", position=7)
    for socket in (room.host, room.member):
        assert (await receive(socket, "timeline"))["cause"]["id"] == "mine"
    assert room.bob.post(f"rooms/{room.code}/commands/", 200, type="seek", position=8)["position"] == 8

    answer = await asyncio.to_thread(room.alice.http.delete, f"{wish}{room.bob.id}/")
    assert answer.status_code == 204
    assert (await receive(room.member, "control_request"))["state"] == "declined"
    await send(room.member, type="seek", id="late", position=9)
    assert (await receive(room.member, "error"))["code"] == "forbidden"


async def test_the_host_hands_over_and_the_owner_takes_it_back(party: NewParty):
    room = await party(control="host")
    await asyncio.to_thread(room.alice.post, f"rooms/{room.code}/host/", 200, user=room.bob.id)
    # Each of the two is told of by their own process.
    waited_for = {(room.bob.id, "host"), (room.alice.id, "moderator")}
    while waited_for:
        one = (await receive(room.member, "presence"))["participant"]
        waited_for.discard((one["user"], one["role"]))
    await send(room.host, type="seek", id="1", position=3)
    assert (await receive(room.host, "error"))["code"] == "forbidden"
    for path, method in ((f"members/{room.alice.id}/", "DELETE"), ("bans/", "POST")):
        answer = room.bob.http.request(method, f"rooms/{room.code}/{path}", json={"user": room.alice.id})
        assert answer.status_code == 403

    await asyncio.to_thread(room.alice.post, f"rooms/{room.code}/host/", 200, user=room.alice.id)
    await told_of(room.member, room.alice, role="host")


async def test_somebody_stands_in_for_a_host_who_has_gone(party: NewParty, stack: LiveServer):
    room = await party(host_handover=True, control="host")
    carol = await asyncio.to_thread(stack.person, "carol")
    carol.post(f"rooms/{room.code}/join/")
    await room.patch(carol, room.alice, role="moderator")
    async with carol.connect(room.code) as third:
        await receive(third, "welcome")
        await room.host.close()
        # A moderator before a member who has been here for longer.
        await told_of(room.member, carol, role="host")
        # Her own process decides what she may do, and may hear of it a little later.
        await told_of(third, carol, role="host")
        await send(third, type="seek", id="stand-in", position=4)
        assert (await receive(room.member, "timeline"))["cause"]["id"] == "stand-in"
        async with room.alice.connect(room.code) as back:
            assert (await receive(back, "welcome"))["you"]["role"] == "host"
            await told_of(room.member, carol, role="moderator")


async def test_nobody_stands_in_where_the_room_does_not_say_so(party: NewParty):
    room = await party()
    await room.host.close()
    with pytest.raises(TimeoutError):
        await told_of(room.member, room.bob, within=HOST_GONE + 2, role="host")


async def test_twenty_take_an_invite_for_one(party: NewParty, crowd: list[Person]):
    room = await party(visibility="unlisted")
    token = room.alice.post(f"rooms/{room.code}/invites/", 201, max_uses=1)["token"]
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda one: one.http.post(f"invites/{token}/accept/").status_code, crowd))
    assert sorted(answers) == [200] + [404] * 19
    assert room.alice.get(f"rooms/{room.code}/")["member_count"] == 3


async def test_a_banned_guest_does_not_come_back_as_another(party: NewParty, stack: LiveServer):
    room = await party()
    token = room.alice.post(f"rooms/{room.code}/invites/", 201)["token"]
    entry = {"invite": token, "display_name": "Gus"}
    with httpx.Client(base_url=f"{stack.url}/api/v1/", timeout=20) as device:
        let_in = device.post("auth/guest/", json=entry).json()
        guest = let_in["user"]["id"]
        async with Person(stack, device, let_in["user"], let_in["access"], "").connect(room.code) as socket:
            await receive(socket, "welcome")
            await asyncio.to_thread(room.alice.post, f"rooms/{room.code}/bans/", 201, user=guest)
            with pytest.raises(ConnectionClosed) as closed:
                await receive(socket, "nothing")
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4403, "banned")
        refused = device.post("auth/guest/", json={**entry, "display_name": "Not Gus"})
        assert (refused.status_code, refused.json()["code"]) == (403, "banned")
        assert httpx.post(f"{stack.url}/api/v1/auth/guest/", json=entry, timeout=20).status_code == 201
        room.alice.http.delete(f"rooms/{room.code}/bans/{guest}/").raise_for_status()
        assert device.post("auth/guest/", json=entry).status_code == 201


async def read_on(chunks: AsyncIterator[bytes]) -> None:
    async for _ in chunks:
        pass


async def test_a_kick_ends_the_socket_and_the_stream(party: NewParty, tmp_path: Path):
    room = await party()
    film = make_clip(tmp_path / "film.mp4", seconds=2)
    # Padding after the boxes: the answer must be longer than what sockets hold.
    with film.open("ab") as file:
        size = 64 * 1024 * 1024
        file.write(size.to_bytes(4, "big") + b"free")
        file.truncate(file.tell() + size - 8)
    with film.open("rb") as file:
        movie = room.alice.http.post(
            "movies/", data={"title": "F"}, files={"file": ("f.mp4", file, "video/mp4")}
        ).json()
    deadline = time.monotonic() + 60
    while room.alice.get(f"movies/{movie['id']}/")["status"] == "processing" and time.monotonic() < deadline:
        await asyncio.sleep(0.3)
    room.alice.post(f"rooms/{room.code}/queue/", 201, movie=movie["id"])
    source = room.alice.server.url + room.bob.get(f"movies/{movie['id']}/")["sources"][0]["url"]

    async with httpx.AsyncClient(timeout=10) as player, player.stream("GET", source) as open_stream:
        assert open_stream.status_code == 200
        chunks = open_stream.aiter_bytes(65536)
        await anext(chunks)
        kick = asyncio.to_thread(room.alice.http.delete, f"rooms/{room.code}/members/{room.bob.id}/")
        assert (await kick).status_code == 204
        with pytest.raises(ConnectionClosed) as closed:
            await receive(room.member, "nothing")
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4403, "kicked")
        assert (await player.get(source, headers={"Range": "bytes=0-9"})).status_code in (403, 404)
        await asyncio.sleep(SOON)
        with pytest.raises(httpx.RemoteProtocolError):
            await read_on(chunks)
