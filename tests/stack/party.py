"""People in a room of the stack: each with a socket that keeps what it has heard."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection

from tests.live import LiveServer, Person, receive, send
from tests.waiting import PATIENCE


class Seat:
    """One socket and all it has heard."""

    def __init__(self, socket: ClientConnection, welcome: dict[str, Any]) -> None:
        self.socket = socket
        self.welcome = welcome
        self.heard: list[dict[str, Any]] = []

    async def hear(self, kind: str, timeout: float = PATIENCE, **keys: Any) -> dict[str, Any]:
        async with asyncio.timeout(timeout):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.recv())
                self.heard.append(message)
                if message["type"] == kind and keys.items() <= message.items():
                    return message

    async def sees(self, other: "Seat", state: str) -> None:
        """Hears that somebody is `buffering`, `ready` …"""
        async with asyncio.timeout(PATIENCE):
            while True:
                one = (await self.hear("presence"))["participant"]
                if (one["id"], one["state"]) == (other.id, state):
                    return

    async def does(self, type: str, **keys: Any) -> dict[str, Any]:
        """The answer to a command: its timeline, ack or error."""
        id = uuid4().hex
        await send(self.socket, type=type, id=id, **keys)
        async with asyncio.timeout(PATIENCE):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.recv())
                self.heard.append(message)
                if message.get("id") == id or message.get("cause", {}).get("id") == id:
                    return message

    async def reports(self, state: str, seq: int, position: float = 0) -> None:
        await send(self.socket, type="status", state=state, seq=seq, position=position, buffered=10)

    async def ready(self, seq: int) -> None:
        await self.reports("ready", seq)

    @property
    def id(self) -> str:
        """The participant's."""
        return str(self.welcome["you"]["id"])


@asynccontextmanager
async def seats(code: str, *people: Person, query: str = "") -> AsyncIterator[list[Seat]]:
    """A socket for each of these people, in whichever process takes it."""
    async with AsyncExitStack() as stack:
        made = []
        for person in people:
            socket = await stack.enter_async_context(person.connect(code, query))
            made.append(Seat(socket, await receive(socket, "welcome")))
        yield made


async def party(stack: LiveServer, *names: str, **fields: Any) -> tuple[str, list[Person]]:
    """Alice's room with these people in it: its code, and all of them, Alice first."""
    people = [await asyncio.to_thread(stack.person, name) for name in ("alice", *names)]
    return await gathered(people, **fields), people


async def gathered(people: Sequence[Person], **fields: Any) -> str:
    """The code of a room of the first one's, with the others in it."""

    def make() -> str:
        code = str(people[0].room(**fields)["code"])
        for person in people[1:]:
            person.post(f"rooms/{code}/join/")
        return code

    return await asyncio.to_thread(make)
