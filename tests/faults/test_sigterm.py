"""A web process is asked to end: every socket is closed with 1012, requests that are under way are answered."""

import asyncio
import json
from time import monotonic

from tests.faults.conftest import NewStack
from tests.faults.figures import tell
from tests.faults.history import agree
from tests.faults.player import crowd
from tests.faults.stack import Stack
from tests.waiting import PATIENCE, eventually

ENDS = 7.0


async def test_it_works(new_stack: NewStack) -> None:
    stack = await asyncio.to_thread(new_stack)
    party, (ends, _stays) = stack.parties[0], stack.web
    async with crowd(party, stack.web, 10) as players:
        request = await half_a_request(stack)
        ending = asyncio.create_task(asyncio.to_thread(ends.stop))
        await eventually(lambda: all(player.closes for player in players[::2]), what="its sockets are closed")
        assert not ending.done(), "it waits for the request"
        assert await the_other_half(*request) == "HTTP/1.1 201 Created"
        await ending
        await eventually(lambda: all(one.connected for one in players), what="all are at the other process")
        assert (await players[0].does("seek", position=77)).done
        await eventually(lambda: agree(players), what="all agree")
    assert [[code for _, code in player.closes] for player in players] == [[1012], []] * 5
    assert "Traceback" not in ends.words


async def test_a_process_ends_without_the_services_it_needs(new_stack: NewStack) -> None:
    stack = await asyncio.to_thread(new_stack, environments=({},))
    (ends,) = stack.web
    async with crowd(stack.parties[0], stack.web, 2) as players:
        assert (await players[0].does("play")).done
        stack.postgres.pause()
        try:
            await asyncio.to_thread(stack.redis.kill)
            await eventually(lambda: "Redis at" in ends.words, what="it has noticed")
            began = monotonic()
            await asyncio.to_thread(ends.stop)
            took = monotonic() - began
        finally:
            stack.postgres.resume()
        await eventually(lambda: all(one.closes for one in players), what="their sockets are closed")
    tell(f"SIGTERM without Redis and PostgreSQL: ended after {took:.1f} s")
    assert [[code for _, code in one.closes] for one in players] == [[1012]] * 2
    assert took < ENDS
    assert "begins anew" not in ends.words


BODY = json.dumps({"name": "In the last moment", "visibility": "unlisted"}).encode()

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def half_a_request(stack: Stack) -> Connection:
    """A room is being made: the process has the head of the request and half of its body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.web[0].port)
    head = (
        f"POST /api/v1/rooms/ HTTP/1.1\r\nHost: 127.0.0.1:{stack.web[0].port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {stack.parties[1].users[0]}\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    writer.write(head.encode() + BODY[: len(BODY) // 2])
    await writer.drain()
    await asyncio.sleep(0.5)
    return reader, writer


async def the_other_half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """The first line of the answer."""
    writer.write(BODY[len(BODY) // 2 :])
    async with asyncio.timeout(PATIENCE):
        line = await reader.readline()
    writer.close()
    return line.decode().strip()
