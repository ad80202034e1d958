"""A simulated person: what it does next, by a dice of its own, and how long it is away."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from time import monotonic
from typing import Any

import httpx

from benchmarks.soak.client import PATIENCE, Client
from benchmarks.soak.network import Network

THINKS = 6.0
"""Seconds between two acts of one person, in the mean."""
GONE = (1.0, 40.0)
"""Seconds without a network: both sides of the 30 after which a participant has left."""
GIVES_UP = 8.0
"""So long a client believes in a connection that is dead: with its last heartbeat up to 5 s before, the server, which
closes after 15 s, is no sooner."""
FILM = 7200.0
COMMANDS = {"play", "pause", "seek", "rate"}


@dataclass
class Person:
    """`network`: for who loses it without a close. `controls`: whether the room lets this one command."""

    client: Client
    http: httpx.AsyncClient
    controls: bool
    host: bool
    network: Network | None = None

    async def live(self, until: float) -> None:
        """Until then (monotonic), and come back for the end."""
        await asyncio.sleep(self.client.random.uniform(0, THINKS))
        acts: dict[Callable[[], Coroutine[Any, Any, None]], int] = {
            self.play: 10,
            self.pause: 4,
            self.seek: 9,
            self.rate: 3,
            self.chat: 20,
            self.react: 6,
            self.type: 6,
            self.stall: 8,
            self.hide: 4,
            self.command_by_rest: 2,
            self.chat_by_rest: 2,
            self.leave: 5,
            self.quit: 0 if self.host else 2,
            self.lose_network: 8,
            self.lose_network_in_a_word: 3,
            self.network_dies: 12 if self.network else 0,
        }
        while monotonic() < until:
            await self._in()
            await asyncio.sleep(self.client.random.expovariate(1 / THINKS))
            await self._in()
            if monotonic() < until:
                [act] = self.client.random.choices(list(acts), list(acts.values()))
                self.client.notes.acts[act.__name__.replace("_", " ")] += 1
                await act()
        await self._in()

    async def _in(self) -> None:
        while not self.client.connected:
            await self.client.enter("a close nobody asked for")

    async def play(self) -> None:
        await self._command("play")

    async def pause(self) -> None:
        await self._command("pause")

    async def seek(self) -> None:
        await self._command("seek", position=round(self.client.random.uniform(0, FILM), 1))

    async def rate(self) -> None:
        await self._command("rate", rate=self.client.random.choice([0.5, 1, 1, 1.25, 2]))

    async def chat(self) -> None:
        self._taken("chat", await self.client.ask("chat", text=self._text()))

    async def react(self) -> None:
        await self.client.send({"type": "reaction", "id": f"r{monotonic()}", "emoji": "👍"})

    async def type(self) -> None:
        await self.client.send({"type": "typing"})

    async def stall(self) -> None:
        """The player runs dry: mostly for a moment, now and then for longer than any room waits."""
        await self._player("buffering", min(25.0, 0.2 + self.client.random.expovariate(1 / 4)))

    async def hide(self) -> None:
        """Another tab is in front."""
        await self._player("away", self.client.random.uniform(1, 30))

    async def command_by_rest(self) -> None:
        position = round(self.client.random.uniform(0, FILM), 1)
        await self._rest("command by REST", "commands/", {"type": "seek", "position": position}, self.controls)

    async def chat_by_rest(self) -> None:
        id = f"rest-{self.client.number}-{monotonic()}"
        self.client.room.said[id] = False
        self.client.room.said[id] = await self._rest("chat by REST", "messages/", {"text": self._text(), "id": id})

    async def leave(self) -> None:
        await self.client.leave()
        await asyncio.sleep(self.client.random.uniform(1, 50))
        await self.client.enter()

    async def quit(self) -> None:
        """Stop being a member, and become one again."""
        self.client.goodbye = 4403
        if await self._rest("leave by REST", "leave/", {}):
            deadline = monotonic() + PATIENCE
            while self.client.connected and monotonic() < deadline:
                await asyncio.sleep(0.1)
            if self.client.connected:
                self.client.notes.surprises["still connected after leaving"] += 1
        self.client.goodbye = 0
        await self.client.leave()
        await asyncio.sleep(self.client.random.uniform(1, 20))
        await self._rest("join by REST", "join/", {})
        await self.client.enter()

    async def lose_network(self) -> None:
        self.client.cut()
        await self._return(self.client.random.uniform(*GONE))

    async def lose_network_in_a_word(self) -> None:
        """While a line is under way: it is said again, and must be there once."""
        gone = self.client.random.uniform(*GONE)
        said = asyncio.create_task(self.client.ask("chat", gone + 2 * PATIENCE, text=self._text()))
        await asyncio.sleep(self.client.random.choice([0, 0.001, 0.01]))
        self.client.cut()
        await self._return(gone)
        await self._in()
        self._taken("chat", await said)

    async def network_dies(self) -> None:
        """No close: nothing passes any more. Who gives up comes back over another connection."""
        assert self.network is not None
        port, gone = self.client.port, self.client.random.uniform(*GONE)
        self.network.die(port)
        await asyncio.sleep(min(gone, GIVES_UP))
        if gone <= GIVES_UP:
            self.network.revive(port)
            return
        self.network.abandon(port)
        self.client.cut()
        await self._return(gone - GIVES_UP, "a dead network")

    async def _return(self, gone: float, why: str = "") -> None:
        await asyncio.sleep(gone)
        await self.client.enter(why or ("lost up to 30 s" if gone <= 30 else "lost over 30 s"))

    async def _command(self, type: str, **keys: float) -> None:
        self._taken(type, await self.client.ask(type, **keys), self.controls)

    def _taken(self, act: str, answer: dict[str, Any] | None, allowed: bool = True) -> None:
        """Whether it was taken is as it had to be."""
        code = answer["code"] if answer and answer["type"] == "error" else ""
        if answer is not None:
            self._note(act, code, "" if allowed else "forbidden")

    async def _player(self, state: str, seconds: float) -> None:
        self.client.player = state
        await self.client.report()
        await asyncio.sleep(seconds)
        self.client.player = "ready"
        await self.client.report()

    async def _rest(self, act: str, path: str, body: dict[str, Any], allowed: bool = True) -> bool:
        url = f"rooms/{self.client.room.code}/{path}"
        try:
            answer = await self.http.post(url, json=body, headers={"Authorization": f"Bearer {self.client.token}"})
        except httpx.HTTPError as problem:
            self._note(act, type(problem).__name__, "")
            return False
        self._note(act, "" if answer.is_success else str(answer.status_code), "" if allowed else "403")
        return answer.is_success

    def _note(self, act: str, code: str, must: str) -> None:
        notes = self.client.notes
        if code != must:
            notes.surprises[f"{act}: {code or 'was taken, and must not be'}"] += 1
        elif code:
            notes.errors[f"{act}: {code}"] += 1

    def _text(self) -> str:
        return f"line {self.client.random.randrange(10**6)} of {self.client.number} " + "and so on " * 3
