"""What is changed over REST reaches open sockets within half a second, with the protocol's codes. A real server."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.live import LiveServer, Person, receive, send
from tests.waiting import PATIENCE

pytestmark = pytest.mark.server
SOON = 0.5


@asynccontextmanager
async def party(server: LiveServer, **fields: Any) -> AsyncIterator[tuple[Person, Person, str, ClientConnection]]:
    """Alice's room with Bob in it: (Alice, Bob, code, Bob's socket)."""
    alice, bob = await asyncio.to_thread(lambda: (server.person("alice"), server.person("bob")))
    code = alice.room(**fields)["code"]
    bob.post(f"rooms/{code}/join/")
    async with bob.connect(code) as socket:
        await receive(socket, "welcome")
        yield alice, bob, code, socket


async def closing(socket: ClientConnection, change: Callable[[], Any]) -> tuple[int, str]:
    """The code and reason that the socket is closed with, after the change."""
    await asyncio.to_thread(change)
    with pytest.raises(ConnectionClosed) as closed:
        await asyncio.wait_for(_listen(socket), PATIENCE)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def _listen(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def refusal(connecting: connect) -> tuple[int, str]:
    """The code and reason that a connection is refused with: accepted first, so that browsers see them."""
    with pytest.raises(ConnectionClosed) as closed:
        async with connecting as socket, asyncio.timeout(PATIENCE):
            await socket.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def test_it_works(server: LiveServer):
    async with party(server) as (_alice, bob, code, socket):
        ticket = bob.post(f"rooms/{code}/ticket/", 201)
        async with connect(server.ws_url + ticket["url"], subprotocols=["watchparty.v1"], proxy=None) as second:  # type: ignore[list-item]
            welcome = await receive(second, "welcome")
            assert welcome["you"]["user"] == bob.id
            assert welcome["you"]["role"] == "member"
            assert welcome["room"]["code"] == code
        await send(socket, type="chat", id="1", text="hello")
        line = await receive(socket, "chat")
        assert bob.get(f"rooms/{code}/messages/")["results"][0]["text"] == "hello"
        assert line["chat_seq"] == 1


async def test_a_kick(server: LiveServer):
    async with party(server) as (alice, bob, code, socket):
        kick = lambda: alice.http.delete(f"rooms/{code}/members/{bob.id}/").raise_for_status()  # noqa: E731
        assert await closing(socket, kick) == (4403, "kicked")
        assert await refusal(bob.connect(code)) == (4403, "kicked")


async def test_a_ban(server: LiveServer):
    async with party(server) as (alice, bob, code, socket):
        ban = lambda: alice.post(f"rooms/{code}/bans/", 201, user=bob.id)  # noqa: E731
        assert await closing(socket, ban) == (4403, "banned")
        assert await refusal(bob.connect(code)) == (4403, "banned")


async def test_leaving(server: LiveServer):
    async with party(server) as (_alice, bob, code, socket):
        assert await closing(socket, lambda: bob.post(f"rooms/{code}/leave/", 204)) == (4403, "not_member")


async def test_closing_the_room(server: LiveServer):
    async with party(server) as (alice, bob, code, socket):
        close = lambda: alice.http.delete(f"rooms/{code}/").raise_for_status()  # noqa: E731
        assert await closing(socket, close) == (4410, "closed")
        assert await refusal(bob.connect(code)) == (4410, "closed")


async def test_signing_out(server: LiveServer):
    async with party(server) as (_alice, bob, code, socket):
        sign_out = lambda: bob.post("auth/logout/", 204, refresh=bob.refresh)  # noqa: E731
        assert (await closing(socket, sign_out))[0] == 4401
        assert (await refusal(bob.connect(code)))[0] == 4401


async def test_signing_out_ends_what_a_ticket_opened(server: LiveServer):
    async with party(server) as (_alice, bob, code, _socket):
        url = server.ws_url + bob.post(f"rooms/{code}/ticket/", 201)["url"]
        async with connect(url, subprotocols=["watchparty.v1"], proxy=None) as socket:  # type: ignore[list-item]
            await receive(socket, "welcome")
            sign_out = lambda: bob.post("auth/logout/", 204, refresh=bob.refresh)  # noqa: E731
            assert (await closing(socket, sign_out))[0] == 4401


async def test_a_role(server: LiveServer):
    async with party(server, control="host") as (alice, bob, code, socket):
        await send(socket, type="play", id="early")
        assert (await receive(socket, "error"))["code"] == "forbidden"

        await asyncio.to_thread(
            lambda: alice.http.patch(f"rooms/{code}/members/{bob.id}/", json={"role": "host"}).raise_for_status()
        )
        changed = await receive(socket, "presence")
        assert (changed["participant"]["user"], changed["participant"]["role"]) == (bob.id, "host")
        await send(socket, type="play", id="late")
        assert (await receive(socket, "timeline"))["cause"]["id"] == "late"


async def test_a_change_is_heard_within_half_a_second(server: LiveServer):
    """The fastest of some: a busy machine makes single ones late, a server that only looks now and then all of them."""
    async with party(server) as (alice, bob, code, socket):
        took = []
        for role in ("moderator", "member") * 3:
            change = partial(alice.http.patch, f"rooms/{code}/members/{bob.id}/", json={"role": role})
            (await asyncio.to_thread(change)).raise_for_status()
            answered = time.monotonic()
            assert (await receive(socket, "presence"))["participant"]["role"] == role
            took.append(time.monotonic() - answered)
        assert min(took) < SOON


async def test_settings(server: LiveServer):
    async with party(server) as (alice, _bob, code, socket):
        await asyncio.to_thread(
            lambda: alice.http.patch(f"rooms/{code}/", json={"control": "host", "name": "Late"}).raise_for_status()
        )
        changed = await receive(socket, "room")
        assert changed["control"] == "host"
        await send(socket, type="play", id="1")
        assert (await receive(socket, "error"))["code"] == "forbidden"


async def test_a_removed_line(server: LiveServer):
    async with party(server) as (alice, _bob, code, socket):
        await send(socket, type="chat", id="1", text="rude")
        line = await receive(socket, "chat")
        await asyncio.to_thread(
            lambda: alice.http.delete(f"rooms/{code}/messages/{line['chat_seq']}/").raise_for_status()
        )
        assert (await receive(socket, "chat_deleted"))["chat_seq"] == line["chat_seq"]


async def test_a_command_over_rest(server: LiveServer):
    async with party(server) as (alice, _bob, code, socket):
        timeline = await asyncio.to_thread(lambda: alice.post(f"rooms/{code}/commands/", 200, type="seek", position=12))
        assert timeline["position"] == 12
        heard = await receive(socket, "timeline")
        assert (heard["seq"], heard["position"], heard["cause"]["by"]) == (timeline["seq"], 12, None)
        state = alice.get(f"rooms/{code}/state/")
        assert state["timeline"]["seq"] == timeline["seq"]
        assert state["participant_count"] == 1


async def test_a_command_line_reaches_the_server(server: LiveServer):
    """Another process has no way to the sockets but through the database; that may take the half second."""
    made = server.manage("seed_bench", "--rooms", "1", "--participants", "1")
    [room] = json.loads(made)
    url = f"{server.ws_url}/ws/rooms/{room['room']}/"
    headers = {"Authorization": f"Bearer {room['users'][0]}"}
    async with connect(url, additional_headers=headers, subprotocols=["watchparty.v1"], proxy=None) as socket:  # type: ignore[list-item]
        assert (await receive(socket, "welcome"))["you"]["role"] == "host"
        assert await closing(socket, lambda: server.manage("purge_expired")) == (4410, "closed")


async def test_a_private_room_looks_absent(server: LiveServer):
    async with party(server, visibility="unlisted") as (alice, bob, _code, _socket):
        private = alice.room(visibility="private")["code"]
        assert await refusal(bob.connect(private)) == (4404, "no_such_room")
        assert await refusal(bob.connect("abc-defg-hjk")) == (4404, "no_such_room")


async def test_only_a_bad_origin_is_refused_by_http(server: LiveServer):
    url = f"{server.ws_url}/ws/rooms/abc-defg-hjk/"
    for origin in ("http://elsewhere.example", None):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(url, additional_headers={"Cookie": "sessionid=x"}, origin=origin, proxy=None):  # type: ignore[arg-type]
                pass
        assert refused.value.response.status_code == 403
    ours = connect(url, additional_headers={"Cookie": "sessionid=x"}, origin=server.url, proxy=None)  # type: ignore[arg-type]
    assert (await refusal(ours))[0] == 4401


async def test_invites_and_guests_end_to_end(server: LiveServer):
    async with party(server) as (alice, _bob, code, _socket):
        token = alice.post(f"rooms/{code}/invites/", 201)["token"]
        made = alice.post("auth/guest/", 201, invite=token, display_name="Gus")
        url = f"{server.ws_url}/ws/rooms/{code}/"
        headers = {"Authorization": f"Bearer {made['access']}"}
        async with connect(url, additional_headers=headers, subprotocols=["watchparty.v1"], proxy=None) as guest:  # type: ignore[list-item]
            assert (await receive(guest, "welcome"))["you"]["role"] == "guest"
            close = lambda: alice.http.delete(f"rooms/{code}/").raise_for_status()  # noqa: E731
            assert await closing(guest, close) == (4410, "closed")
