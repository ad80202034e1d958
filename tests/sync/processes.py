"""Several processes in one: engines of their own over a store that they share."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from sync.store import Committed, Entry, Held, Listener, Outcome, Pair
from sync.store.memory import MemoryStore
from sync.timeline import Timeline


@dataclass
class Shared:
    """What the processes have in common; `listeners` are told on the event loop, in order."""

    memory: MemoryStore
    people: dict[str, dict[str, bytes]] = field(default_factory=lambda: defaultdict(dict))
    listeners: dict[str, Listener] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)
    entered: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


class SharedStore:
    """One process' end of `Shared`, which passes everything on as Redis would."""

    def __init__(self, shared: Shared, process: str) -> None:
        self.shared = shared
        self.process = process
        self.commits = 0

    @property
    def epoch(self) -> int:
        return self.shared.memory.epoch

    def now(self) -> float:
        return self.shared.memory.now()

    async def start(self, listener: Listener) -> None:
        await self.shared.memory.start(listener)
        self.shared.listeners[self.process] = listener
        self.shared.alive.add(self.process)

    async def stop(self) -> None:
        self.shared.listeners.pop(self.process, None)
        self.shared.alive.discard(self.process)

    async def enter(self, room: str) -> Held:
        self.shared.entered[room].add(self.process)
        await asyncio.sleep(0)
        return Held((await self.shared.memory.enter(room)).timeline, dict(self.shared.people[room]))

    async def open(self, room: str, timeline: Timeline, applied: list[Pair]) -> Timeline:
        await asyncio.sleep(0)
        return await self.shared.memory.open(room, timeline, applied)

    async def commit(self, room: str, *, expected: int, timeline: Timeline, entry: Entry) -> Outcome:
        self.commits += 1
        outcome = await self.shared.memory.commit(room, expected=expected, timeline=timeline, entry=entry)
        if isinstance(outcome, Committed):
            self._tell(room, lambda listener: listener.committed(room, timeline, entry))
        await asyncio.sleep(0)
        return outcome

    async def remember(self, room: str, pair: Pair) -> bool:
        return await self.shared.memory.remember(room, pair)

    async def applied(self, room: str) -> list[Pair]:
        return await self.shared.memory.applied(room)

    async def journal(self, room: str, after: int = 0) -> list[Entry]:
        return await self.shared.memory.journal(room, after)

    def put(self, room: str, id: str, record: bytes) -> None:
        self.shared.people[room][id] = record
        self._tell(room, lambda listener: listener.seen(room, id, record))

    def drop(self, room: str, id: str) -> None:
        self.shared.people[room].pop(id, None)
        self._tell(room, lambda listener: listener.seen(room, id, None))

    def publish(self, room: str, message: bytes) -> None:
        self._tell(room, lambda listener: listener.told(room, message))

    async def processes(self) -> set[str]:
        return set(self.shared.alive)

    async def leave(self, room: str) -> None:
        self.shared.entered[room].discard(self.process)

    async def forget(self, room: str) -> None:
        await self.leave(room)
        self.shared.people.pop(room, None)
        await self.shared.memory.forget(room)

    def _tell(self, room: str, call: Callable[[Listener], None]) -> None:
        for process in self.shared.entered[room] - {self.process}:
            if listener := self.shared.listeners.get(process):
                asyncio.get_running_loop().call_soon(partial(call, listener))
