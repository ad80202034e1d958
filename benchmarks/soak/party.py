"""The rooms and their people, from the settings to the last comparison."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx

from benchmarks.soak.client import Client
from benchmarks.soak.network import Network
from benchmarks.soak.notes import Ending, Line, Message, Notes, RoomNotes, faults_of
from benchmarks.soak.person import Person
from benchmarks.stand import Failed

SETTLES = 35.0
"""Seconds of quiet before all is compared: who was lost has left, no room waits any more."""
COMES_BACK = 50.0
"""Seconds from the end of the acts until everybody is back: nobody is away for longer."""
LATE = 20.0
"""Who is not back by then is missed."""
ANSWERS = 20.0
PAGE = 200

CONTROLS = ("everyone", "everyone", "moderators", "host")
POLICIES = ("everyone", "quorum", "host", "everyone", "nobody")
TIMEOUTS = (15, 5, 3)
PROXIED = 5
"""One in so many has a network that can die without a close."""


@dataclass
class Party:
    """`accounts`: of each room its code and its people's tokens, the host's first."""

    accounts: Sequence[dict[str, Any]]
    address: str
    seed: int
    notes: Notes = field(default_factory=Notes)
    rooms: list[RoomNotes] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def run(self, seconds: float) -> None:
        """So long in all, coming back and settling included; afterwards `faults` says what must not have been."""
        network = Network(int(self.address.rpartition(":")[2]))
        limits = httpx.Limits(max_connections=20)
        base = f"http://{self.address}/api/v1/"
        async with network.kept(), httpx.AsyncClient(base_url=base, timeout=ANSWERS, limits=limits) as http:
            until = monotonic() + seconds - COMES_BACK - SETTLES
            groups = [await self._people(number, http, network) for number in range(len(self.accounts))]
            people = [person for group in groups for person in group]
            living = [asyncio.create_task(person.live(until)) for person in people]
            done, late = await asyncio.wait(living, timeout=until - monotonic() + COMES_BACK + LATE)
            for task in late:
                task.cancel()
            self.faults += [f"{len(late)} people did not come back"] if late else []
            # A person that fails is a fault of the soak itself.
            await asyncio.gather(*done)
            await asyncio.sleep(SETTLES)
            for room, group in zip(self.rooms, groups, strict=True):
                try:
                    end = await self._ending(room, group, http)
                except (TimeoutError, httpx.HTTPError) as problem:
                    self.faults.append(f"{room.code}: could not be compared: {problem!r}")
                else:
                    self.faults += faults_of(room, end)
            await asyncio.gather(*(person.client.end() for person in people))

    async def _people(self, number: int, http: httpx.AsyncClient, network: Network) -> list[Person]:
        account = self.accounts[number]
        control, timeout = CONTROLS[number % len(CONTROLS)], TIMEOUTS[number % len(TIMEOUTS)]
        body = {"control": control, "buffering": {"policy": POLICIES[number % len(POLICIES)], "timeout": timeout}}
        answer = await http.patch(f"rooms/{account['room']}/", json=body, headers=_bearer(account["users"][0]))
        if not answer.is_success:
            raise Failed(f"The room's settings were refused: {answer.text}")
        room = RoomNotes(account["room"], timeout)
        self.rooms.append(room)
        people = []
        for place, token in enumerate(account["users"]):
            own = network if place % PROXIED == PROXIED - 1 else None
            address = f"127.0.0.1:{own.port}" if own else self.address
            dice = random.Random(f"{self.seed} {number} {place}")
            client = Client(self.notes, room, place, token, address, dice)
            people.append(Person(client, http, control == "everyone" or place == 0, place == 0, own))
        return people

    async def _ending(self, room: RoomNotes, group: list[Person], http: httpx.AsyncClient) -> Ending:
        headers = _bearer(group[0].client.token)
        snapshots = await asyncio.gather(*(_snapshot(person.client) for person in group))
        held = [person.client.timeline for person in group]
        states = [(await http.get(f"rooms/{room.code}/state/", headers=headers)).raise_for_status().json()]
        people = {person.client.id for person in group}
        unheard = sum(person.client.missed() for person in group)
        return Ending(held, list(snapshots), states, people, await _history(room, http, headers), unheard)


async def _snapshot(client: Client) -> Message:
    client.snapshot = asyncio.get_running_loop().create_future()
    await client.send({"type": "sync"})
    return await asyncio.wait_for(client.snapshot, ANSWERS)


async def _history(room: RoomNotes, http: httpx.AsyncClient, headers: dict[str, str]) -> list[Line]:
    """The whole chat, by REST."""
    lines: list[Line] = []
    while True:
        query = {"after": lines[-1][0] if lines else 0, "page_size": PAGE}
        answer = await http.get(f"rooms/{room.code}/messages/", params=query, headers=headers)
        found = answer.raise_for_status().json()["results"]
        lines += [(line["chat_seq"], line["id"]) for line in found]
        if len(found) < PAGE:
            return lines


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
