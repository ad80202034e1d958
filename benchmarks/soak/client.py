"""One simulated person's connection: what it hears goes into the notes, what it asks for is answered or asked again."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from benchmarks.soak.notes import Message, Notes, RoomNotes, Stay

OPEN_SECONDS = 15.0
PATIENCE = 20.0
"""Seconds until something is called unanswered."""
TELLS_TIME_EVERY, REPORTS_EVERY = 5, 10
"""Of the ticks, one a second."""
LOADING = (0.05, 0.4)
"""Seconds that a player takes for a jump."""


@dataclass
class Client:
    """`number` is the person's place in the room; 0 is the host. `address` may be replaced between connections."""

    notes: Notes
    room: RoomNotes
    number: int
    token: str
    address: str
    random: Random
    id: str = ""
    timeline: Message = field(default_factory=dict)
    unheard: int = 0
    """Timelines of before this connection's end that it was not sent; told by `missed`."""
    player: str = "ready"
    snapshot: asyncio.Future[Message] | None = None
    goodbye: int = 0
    """The code that this person is about to be closed with, because it asked to leave."""
    _session: str = ""
    _stay: Stay = field(default_factory=lambda: Stay(0))
    _socket: ClientConnection | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _asked: dict[str, tuple[Message, asyncio.Future[Message]]] = field(default_factory=dict)
    _welcomed: asyncio.Event = field(default_factory=asyncio.Event)
    _count: int = 0
    _offset: tuple[float, float] = (999.0, 0.0)
    """The smallest round trip and the room clock minus the local one, as told by it."""
    _from_seq: int = 0
    _seqs: set[int] = field(default_factory=set)

    @property
    def connected(self) -> bool:
        return self._welcomed.is_set()

    @property
    def port(self) -> int:
        """That the present connection comes from."""
        assert self._socket is not None
        return int(self._socket.local_address[1])

    @property
    def position(self) -> float:
        now = monotonic() + self._offset[1]
        told = self.timeline
        ran = max(0.0, now - told["anchor"]) if told["state"] == "playing" else 0.0
        return float(max(0.0, told["position"] + told["rate"] * ran))

    async def enter(self, why: str = "") -> None:
        """Connect, anew or with the session there was; `why` says what had cut it off."""
        query: dict[str, Any] = {}
        if self._session:
            query = {"session": self._session, "seq": self.timeline["seq"], "chat_seq": self._heard}
        url = f"ws://{self.address}/ws/rooms/{self.room.code}/?{urlencode(query)}"
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            self._socket = await connect(
                url,
                additional_headers=headers,
                subprotocols=["watchparty.v1"],  # type: ignore[list-item]
                compression=None,
                ping_interval=None,
                proxy=None,
                open_timeout=OPEN_SECONDS,
                close_timeout=2,
                max_queue=None,
            )
        except (OSError, InvalidHandshake, TimeoutError) as problem:
            self.notes.surprises[f"not let in: {type(problem).__name__}"] += 1
            await asyncio.sleep(2)
            return
        for living in (self._listen(self._socket), self._tick(self._socket)):
            self._keep(living)
        try:
            await asyncio.wait_for(self._welcomed.wait(), OPEN_SECONDS)
        except TimeoutError:
            self.notes.surprises["no welcome"] += 1
            self.cut()
            return
        if query:
            self.notes.resumes[why] += 1
        else:
            self.notes.joins += 1

    def cut(self) -> None:
        """Lose the connection without a word."""
        assert self._socket is not None
        self._gone()
        self._socket.transport.abort()

    async def leave(self) -> None:
        """Close it, as a page does that is left; who comes back is a new participant."""
        assert self._socket is not None
        self._gone()
        await self._socket.close()
        self.forget()

    def forget(self) -> None:
        self._gone()
        self._session, self._stay.whole, self.player = "", False, "ready"
        self._asked.clear()

    async def end(self) -> None:
        if self._socket is not None:
            self._gone()
            await self._socket.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ask(self, type: str, patience: float = PATIENCE, **keys: Any) -> Message | None:
        """Have it answered, if need be on the next connection; None, with a note, if nobody answers."""
        self._count += 1
        id = f"{self.number}-{self._count}"
        answer = asyncio.get_running_loop().create_future()
        self._asked[id] = {"type": type, "id": id} | keys, answer
        if type == "chat":
            self.room.said[id] = False
        await self.send(self._asked[id][0])
        try:
            told: Message = await asyncio.wait_for(answer, patience)
        except TimeoutError:
            self.notes.surprises[f"{type}: no answer"] += 1
            return None
        finally:
            self._asked.pop(id, None)
        if type == "chat" and told["type"] != "error":
            self.room.said[id] = True
        return told

    async def send(self, message: Message) -> None:
        if self._socket is not None and self._welcomed.is_set():
            with suppress(ConnectionClosed):
                await self._socket.send(json.dumps(message))

    async def report(self) -> None:
        """What the player does."""
        told = {"state": self.player, "seq": self.timeline["seq"], "position": self.position}
        await self.send({"type": "status", "buffered": 0 if self.player == "buffering" else 12, "drift": 8} | told)

    def missed(self) -> int:
        """How many timelines, of those that others were sent since its welcome, this connection was not."""
        return len({seq for seq in self.room.sent if seq > self._from_seq} - self._seqs)

    @property
    def _heard(self) -> int:
        return self._stay.lines[-1][0] if self._stay.lines else self._stay.after

    def _keep(self, living: Any) -> None:
        task = asyncio.create_task(living)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _gone(self) -> None:
        self._welcomed.clear()

    async def _listen(self, socket: ClientConnection) -> None:
        try:
            while True:
                await self._hear(json.loads(await socket.recv()))
        except ConnectionClosed:
            if self._socket is socket and self._welcomed.is_set():
                self._gone()
                if socket.close_code != self.goodbye:
                    self.notes.surprises[f"closed with {socket.close_code} {socket.close_reason}".rstrip()] += 1

    async def _tick(self, socket: ClientConnection) -> None:
        """The clock, and the reports that are due; who is waited for says each second where it is."""
        second = self.random.randrange(REPORTS_EVERY)
        await asyncio.sleep(self.random.random())
        while self._socket is socket and socket.close_code is None:
            if second % TELLS_TIME_EVERY == 0:
                down = self.random.randint(5, 60)
                await self.send({"type": "clock", "t0": monotonic(), "down": down, "rtt": 2 * down})
            if self.connected and (second % REPORTS_EVERY == 0 or self.id in self.timeline["waiting_for"]):
                await self.report()
            second += 1
            await asyncio.sleep(1)

    async def _hear(self, message: Message) -> None:
        match message["type"]:
            case "clock":
                rtt = monotonic() - message["t0"]
                if rtt < self._offset[0]:
                    self._offset = rtt, (message["t1"] + message["t2"]) / 2 - message["t0"] - rtt / 2
            case "welcome":
                await self._arrive(message)
            case "snapshot":
                self.room.hear(message["timeline"])
                if self.snapshot is not None and not self.snapshot.done():
                    self.snapshot.set_result(message)
            case "timeline":
                await self._follow(message)
            case "chat":
                self._stay.lines.append((message["chat_seq"], message["id"]))
        self._answer(message)

    async def _arrive(self, message: Message) -> None:
        if not self._session:
            self._stay = Stay(message["chat_seq"])
            self.room.stays.append(self._stay)
        elif self.id != message["you"]["id"]:
            self.notes.surprises["resumed as somebody else"] += 1
        self._session, self.id = message["session"], message["you"]["id"]
        self.timeline = message["timeline"]
        self.room.hear(self.timeline)
        self._from_seq, self._seqs = self.timeline["seq"], set()
        self._welcomed.set()
        await self.report()
        for asked, _ in list(self._asked.values()):
            await self.send(asked)

    async def _follow(self, told: Message) -> None:
        self.room.hear(told)
        self.room.sent.add(told["seq"])
        if self._seqs and told["seq"] <= max(self.timeline["seq"], self._from_seq):
            self.notes.surprises["a timeline out of order"] += 1
        self._seqs.add(told["seq"])
        if told["seq"] <= self.timeline["seq"]:
            return
        self.timeline = told
        if told["cause"]["action"] in ("seek", "load") and self.player == "ready":
            self._keep(self._load())

    async def _load(self) -> None:
        """The player jumps."""
        await asyncio.sleep(self.random.uniform(*LOADING))
        if self.connected and self.player == "ready":
            await self.report()

    def _answer(self, message: Message) -> None:
        match message["type"]:
            case "timeline":
                id, mine = message["cause"]["id"], message["cause"]["by"] == self.id
            case "chat":
                id, mine = message["id"], message["by"]["id"] == self.id
            case kind:
                id, mine = message.get("id"), kind in ("ack", "error")
        if mine and id in self._asked and not self._asked[id][1].done():
            self._asked[id][1].set_result(message)
        elif message["type"] == "error":
            self.notes.surprises[f"an error that answers nothing: {message['code']}"] += 1
