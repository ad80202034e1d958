"""Somebody in a room who behaves as docs/protocol.md says, comes back when cut off, and writes down what was heard."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Self
from urllib.parse import urlencode

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.faults.figures import tell
from tests.faults.stack import Party, Web
from tests.waiting import PATIENCE

Message = dict[str, Any]

FINAL = {4400, 4401, 4403, 4404, 4409, 4410, 4429}
"""After a close with one of these a client doesn't come back by itself."""
FIRST_WAIT, LONGEST_WAIT, RESTART_WAIT = 0.2, 2.0, 3.0
OPEN_SECONDS = 10.0
AT_ONCE = 50
"""So many of a crowd come in at the same time."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message other than `clock`; `link` counts this player's connections."""

    at: float
    link: int
    message: Message


@dataclass(frozen=True, slots=True)
class Exchange:
    """A `clock` message and its answer: local monotonic time, and the room clock at the server."""

    sent: float
    received: float
    t1: float
    t2: float
    seq: int

    @property
    def rtt(self) -> float:
        return self.received - self.sent

    @property
    def offset(self) -> float:
        """The room clock minus the local one, right to within half the `rtt`."""
        return (self.t1 + self.t2 - self.sent - self.received) / 2


@dataclass(slots=True)
class Asked:
    """A command or a line of chat, and how it was answered."""

    message: Message
    sent: float
    answer: Message | None = None
    answered: float = 0.0

    @property
    def done(self) -> bool:
        """Acknowledged, as the protocol says: a `timeline`, `chat` or `ack`."""
        return self.answer is not None and self.answer["type"] != "error"

    @property
    def took(self) -> float:
        return self.answered - self.sent


@dataclass
class Player:
    """`doors` are the web processes that it may connect to: the first one, until it was let in there; and the next when
    that one cuts it off."""

    party: Party
    person: int
    doors: list[Web]
    clock_every: float = 0.25
    patience: float = 8.0
    """Seconds until something that nobody answers fails the test."""
    reports: bool = True
    """Whether it has a player, which the room waits for; it is ready at once for whatever is asked of it."""

    heard: list[Heard] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    asked: dict[str, Asked] = field(default_factory=dict)
    closes: list[tuple[float, int]] = field(default_factory=list)
    """When and with which code each connection ended; 1006 if there was none."""
    refused: list[str] = field(default_factory=list)
    """Why connections didn't come about."""
    welcomes: list[float] = field(default_factory=list)
    timeline: Message = field(default_factory=lambda: {"seq": -1})
    chat_seq: int = 0
    session: str = ""
    id: str = ""
    _socket: ClientConnection | None = None
    _waiting: dict[str, asyncio.Future[Message]] = field(default_factory=dict)
    _welcomed: asyncio.Event = field(default_factory=asyncio.Event)
    _synced: int = 0
    _door: int = 0

    @asynccontextmanager
    async def inside(self) -> AsyncIterator[Self]:
        """In the room from the first welcome to the end of the block."""
        living = asyncio.create_task(self._live())
        try:
            await self.back(within=self.patience + PATIENCE)
            yield self
        finally:
            living.cancel()
            with suppress(asyncio.CancelledError):
                await living

    async def does(self, type: str, **keys: Any) -> Asked:
        """Ask for it and wait for the answer; what a lost connection left unanswered is sent again, with its `id`."""
        id = f"{self.person}-{len(self.asked)}"
        self.asked[id] = Asked({"type": type, "id": id, **keys}, monotonic())
        return await self._asks(id)

    async def repeats(self, asked: Asked) -> Asked:
        """Ask for the same again, with the same `id`."""
        id = asked.message["id"]
        self.asked[id] = Asked(asked.message, monotonic())
        return await self._asks(id)

    async def _asks(self, id: str) -> Asked:
        asked = self.asked[id]
        answer = self._waiting[id] = asyncio.get_running_loop().create_future()
        try:
            if self._welcomed.is_set():
                await self._send(asked.message)
            async with asyncio.timeout(self.patience):
                asked.answer = await answer
        finally:
            del self._waiting[id]
        asked.answered = monotonic()
        return asked

    @property
    def connected(self) -> bool:
        return self._welcomed.is_set()

    async def back(self, within: float) -> None:
        """Wait until it is connected; fails after `within` seconds."""
        async with asyncio.timeout(within):
            await self._welcomed.wait()

    def cut(self) -> None:
        """Lose the connection without a word."""
        assert self._socket is not None
        self._socket.transport.abort()

    async def _live(self) -> None:
        attempt = 0
        while True:
            code = await self._connection()
            if code in FINAL:
                return
            attempt = 1 if code else attempt + 1
            longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempt, 8))
            await asyncio.sleep(random.uniform(0, RESTART_WAIT) if code == 1012 else random.uniform(0.05, longest))

    async def _connection(self) -> int:
        """One connection's life; the code that it was closed with, 0 if there was none."""
        if self.session:
            self._door += 1
        link, web = len(self.welcomes), self.doors[self._door % len(self.doors)]
        query = {"session": self.session, "seq": self.timeline["seq"], "chat_seq": self.chat_seq}
        url = f"{web.url.replace('http', 'ws', 1)}/ws/rooms/{self.party.room}/"
        tasks: list[asyncio.Task[None]] = []
        try:
            async with connect(
                f"{url}?{urlencode(query)}" if self.session else url,
                additional_headers={"Authorization": f"Bearer {self.party.users[self.person]}"},
                subprotocols=["watchparty.v1"],  # type: ignore[list-item]
                compression=None,
                ping_interval=None,
                proxy=None,
                open_timeout=OPEN_SECONDS,
                close_timeout=1,
                max_queue=None,
            ) as socket:
                self._socket = socket
                try:
                    while True:
                        message = msgspec.json.decode(await socket.recv())
                        if message["type"] == "welcome":
                            tasks.append(asyncio.create_task(self._tell_time(socket)))
                        await self._hear(link, message)
                except ConnectionClosed:
                    code = socket.close_code or 1006
                    self.closes.append((monotonic(), code))
                    return code
        except (OSError, InvalidHandshake, TimeoutError) as error:
            self.refused.append(repr(error))
            return 0
        finally:
            self._welcomed.clear()
            for task in tasks:
                task.cancel()

    async def _tell_time(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                await socket.send(msgspec.json.encode({"type": "clock", "t0": monotonic(), "down": 5}), text=True)
                await asyncio.sleep(self.clock_every)

    async def _hear(self, link: int, message: Message) -> None:
        now, kind = monotonic(), message["type"]
        if kind == "clock":
            self.exchanges.append(Exchange(message["t0"], now, message["t1"], message["t2"], message["seq"]))
            if message["seq"] > max(self.timeline["seq"], self._synced):
                self._synced = message["seq"]
                await self._send({"type": "sync"})
            return
        self.heard.append(Heard(now, link, message))
        if kind == "welcome":
            await self._arrive(now, message)
        if told := message if kind == "timeline" else message.get("timeline"):
            await self._follow(told, message.get("cause"))
        if kind == "chat":
            self.chat_seq = max(self.chat_seq, message["chat_seq"])
        self._answer(message)

    async def _arrive(self, now: float, message: Message) -> None:
        if not self.session:
            self.chat_seq = message["chat_seq"]
        self.session, self.id = message["session"], message["you"]["id"]
        self.welcomes.append(now)
        self._welcomed.set()
        await self._report(message["timeline"])
        for id in list(self._waiting):
            await self._send(self.asked[id].message)

    async def _follow(self, told: Message, cause: Message | None) -> None:
        if told["seq"] <= self.timeline["seq"]:
            return
        self.timeline = {key: told[key] for key in (*STATE, "seq")}
        if self.id in told["waiting_for"] or (cause and cause["action"] in ("seek", "load")):
            await self._report(self.timeline)

    async def _report(self, timeline: Message) -> None:
        if self.reports:
            position = timeline["position"]
            await self._send(
                {"type": "status", "state": "ready", "seq": timeline["seq"], "position": position, "buffered": 10}
            )

    def _answer(self, message: Message) -> None:
        kind = message["type"]
        if kind == "timeline":
            id, mine = message["cause"]["id"], message["cause"]["by"] == self.id
        elif kind == "chat":
            id, mine = message["id"], message["by"]["id"] == self.id
        else:
            id, mine = message.get("id"), kind in ("ack", "error")
        answer = self._waiting.get(id) if mine else None
        if answer is not None and not answer.done():
            answer.set_result(message)

    async def _send(self, message: Message) -> None:
        # What is lost with the connection is sent again on the next one, if an answer is awaited.
        with suppress(ConnectionClosed):
            assert self._socket is not None
            await self._socket.send(msgspec.json.encode(message), text=True)


STATE = ("item", "position", "rate", "state", "anchor", "waiting_for")
"""What a timeline says, beside its `seq`."""


@asynccontextmanager
async def crowd(party: Party, web: list[Web], count: int, first: int = 0, **how: Any) -> AsyncIterator[list[Player]]:
    """So many of the party's people, spread over the processes; each may come back at any of them."""
    async with AsyncExitStack() as rooms:
        doors = [web[number % len(web) :] + web[: number % len(web)] for number in range(count)]
        players = [Player(party, first + number, doors[number], **how) for number in range(count)]
        for some in range(0, count, AT_ONCE):
            coming = players[some : some + AT_ONCE]
            await asyncio.gather(*[rooms.enter_async_context(player.inside()) for player in coming])
        for one in players:
            # A process that has just started on a busy machine may have to say 1013 at first.
            if one.closes or one.refused:
                tell(f"{one.person} was turned away at first: {[code for _, code in one.closes]}, {one.refused}")
            one.closes.clear()
        yield players
