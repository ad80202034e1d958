"""Kicks and the like reach the rooms of a real server whatever Redis does."""

import asyncio
from collections.abc import Callable

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from scripts.native import Redis
from tests.live import LiveServer, Person, receive
from tests.waiting import PATIENCE

pytestmark = pytest.mark.server


@pytest.fixture
def redis(new_redis: Callable[[], Redis]) -> Redis:
    return new_redis()


@pytest.fixture
def stacked(redis: Redis, new_database: Callable[[], str], new_server: Callable[..., LiveServer]) -> LiveServer:
    return new_server(DATABASE_URL=new_database(), **redis.settings())


async def drained(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def closed(socket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as end:
        await asyncio.wait_for(drained(socket), PATIENCE)
    assert end.value.rcvd
    return end.value.rcvd.code, end.value.rcvd.reason


async def kick(alice: Person, code: str, who: Person, socket: ClientConnection) -> None:
    """Alice kicks, and the socket is closed."""
    request = asyncio.to_thread(alice.http.delete, f"rooms/{code}/members/{who.id}/")
    answer, end = await asyncio.gather(request, closed(socket))
    assert answer.is_success
    assert end == (4403, "kicked")


async def test_they_come_before_while_and_after_redis_is_away(stacked: LiveServer, redis: Redis):
    alice, bob, carol, dave = (stacked.person(name) for name in ("alice", "bob", "carol", "dave"))
    code = alice.room()["code"]
    for person in (bob, carol, dave):
        person.post(f"rooms/{code}/join/")
    async with bob.connect(code) as first, carol.connect(code) as second, dave.connect(code) as third:
        for socket in (first, second, third):
            await receive(socket, "welcome")
        await kick(alice, code, bob, first)
        redis.kill()
        await kick(alice, code, carol, second)
        redis.start()
        # The first publish after a restart raises, and what the layer is sent in its first second may be lost.
        await kick(alice, code, dave, third)
