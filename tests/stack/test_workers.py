"""Several web processes behind one port, on PostgreSQL and Redis: `WORKERS`, `ROLE`, and how they are stopped."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidMessage

from scripts.native import Postgres
from tests.live import ROOT, LiveServer, Person, receive, send
from tests.waiting import PATIENCE
from watchparty.workers import QUIET_SECONDS

pytestmark = pytest.mark.server

Start = Callable[..., LiveServer]
Enter = Callable[[Person, str, int], Awaitable[list[ClientConnection]]]


@pytest.fixture(scope="module")
def database(postgres_service: Postgres) -> Iterator[str]:
    """One for these tests, for it takes as long to make its tables as all the rest."""
    name = f"test_{uuid4().hex[:12]}"
    postgres_service.create(name)
    yield postgres_service.url(name)
    postgres_service.drop(name)


@pytest.fixture
def start(tmp_path: Path, redis_url: str, database: str) -> Iterator[Start]:
    """`start(WORKERS="2")`: the product on its real services; servers of one test share them."""
    started: list[LiveServer] = []

    def make(**settings: str) -> LiveServer:
        own = {"REDIS_URL": redis_url, "DATABASE_URL": database}
        extra = own | settings
        started.append(LiveServer(tmp_path / "data", extra=extra).start(jobs=False))
        return started[-1]

    yield make
    for server in started:
        server.stop()


@pytest.fixture
async def enter() -> AsyncIterator[Enter]:
    """`await enter(alice, code, 12)`: so many sockets of hers in that room, which have been welcomed."""
    async with AsyncExitStack() as stack:

        async def make(person: Person, code: str, count: int) -> list[ClientConnection]:
            sockets = [await stack.enter_async_context(person.connect(code)) for _ in range(count)]
            for one in sockets:
                await receive(one, "welcome")
            return sockets

        yield make


def workers(server: LiveServer) -> list[int]:
    """Process ids of a server's web processes."""
    listed = subprocess.run(
        ["ps", "--ppid", str(server.processes["web"].pid), "-o", "pid="], capture_output=True, text=True
    )
    return [int(pid) for pid in listed.stdout.split()]


def homes(sockets: list[ClientConnection], pids: list[int]) -> dict[int, list[ClientConnection]]:
    """Which process has which socket, as /proc tells."""
    ends: dict[str, int] = {}
    for pid in pids:
        for file in Path(f"/proc/{pid}/fd").iterdir():
            target = str(file.readlink())
            if target.startswith("socket:["):
                ends[target[8:-1]] = pid
    of_port = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        columns = line.split()
        if columns[9] in ends:
            of_port[int(columns[2].split(":")[1], 16)] = ends[columns[9]]
    by_pid: dict[int, list[ClientConnection]] = {pid: [] for pid in pids}
    for one in sockets:
        by_pid[of_port[one.local_address[1]]].append(one)
    return by_pid


async def closed(one: ClientConnection) -> int | None:
    """The code it is closed with; None if the connection just ended."""
    async with asyncio.timeout(PATIENCE):
        try:
            while True:
                await one.recv()
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None


async def ended(*pids: int) -> None:
    """Wait until these processes are gone, with all that they had open."""
    async with asyncio.timeout(PATIENCE):
        while any(Path(f"/proc/{pid}").exists() for pid in pids):
            await asyncio.sleep(0.01)


async def test_it_works(start: Start, enter: Enter):
    """One room over both processes: commands, REST commands, chat, and a kick reach everybody, once and in order."""
    server = await asyncio.to_thread(start, WORKERS="2", ROOM_TOGETHER="0")
    alice, bob = server.person("alice"), server.person("bob")
    room = alice.room(visibility="public")
    code = room["code"]
    bob.post(f"rooms/{code}/join/")
    sockets = await enter(alice, code, 12)
    guests = await enter(bob, code, 12)
    by_pid = homes(sockets, workers(server))
    assert len(by_pid) == 2
    assert all(by_pid.values()), "the kernel gave all sockets to one process"
    await send(sockets[0], type="seek", id="a", position=5)
    told = [await receive(one, "timeline") for one in sockets]
    assert all(one == told[0] for one in told)
    answer = await asyncio.to_thread(lambda: alice.post(f"rooms/{code}/commands/", type="seek", position=9))
    assert {(await receive(one, "timeline"))["seq"] for one in sockets} == {answer["seq"]}
    for number in range(6):
        await send(sockets[number], type="chat", id=f"c{number}", text=f"line {number}")
    for one in [*sockets, *guests]:
        assert [(await receive(one, "chat"))["chat_seq"] for _ in range(6)] == list(range(1, 7))
    await asyncio.to_thread(lambda: alice.http.delete(f"rooms/{code}/members/{bob.id}/").raise_for_status())
    assert {await closed(one) for one in guests} == {4403}


async def sought(one: ClientConnection, position: float) -> None:
    """A seek by a client that tries again what is `unavailable`, as some are for seconds after a death."""
    began = time.monotonic()
    for attempt in count():
        await send(one, type="seek", id=f"seek {attempt}", position=position)
        async with asyncio.timeout(PATIENCE):
            while (message := json.loads(await one.recv()))["type"] not in ("timeline", "error"):
                pass
        assert time.monotonic() - began < PATIENCE
        if message["type"] == "timeline":
            assert message["position"] == position
            return
        assert message["code"] == "unavailable", message


async def test_a_killed_worker_is_started_again(start: Start, enter: Enter):
    server = await asyncio.to_thread(start, WORKERS="2", ROOM_TOGETHER="0")
    alice = server.person()
    code = alice.room()["code"]
    sockets = await enter(alice, code, 12)
    before = workers(server)
    by_pid = homes(sockets, before)
    victim = before[0]
    os.kill(victim, signal.SIGKILL)
    assert {await closed(one) for one in by_pid[victim]} <= {None}
    # The kernel ends its connections before it closes the socket that listens, which may still take one.
    await ended(victim)
    survivors = by_pid[before[1]]
    again = await enter(alice, code, 4)
    await sought(again[0], 7)
    for one in [*survivors, *again[1:]]:
        assert (await receive(one, "timeline"))["position"] == 7
    async with asyncio.timeout(30):
        while len(now := workers(server)) < 2:
            await asyncio.sleep(0.1)
    assert victim not in now


WORKER = """
import os, pathlib, sys, time
number, pulse = int(sys.argv[2]), int(sys.argv[3])
served, died = pathlib.Path("served"), pathlib.Path("died")
if number == 1:
    os.write(pulse, b".")
    served.touch()
else:
    while not served.exists():
        time.sleep(0.01)
    time.sleep(0.1)
    if not died.exists():
        died.touch()
        sys.exit(1)
    os.write(pulse, b".")
    pathlib.Path("again").touch()
time.sleep(60)
"""


def test_one_that_dies_before_it_serves_is_started_again_where_another_serves(tmp_path: Path):
    code = (
        "import sys; from watchparty.workers import Workers\n"
        f"sys.exit(Workers(2, '127.0.0.1', 0, [sys.executable, '-c', {WORKER!r}], patience=5).run())"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "watchparty.settings", "PYTHONPATH": str(ROOT)}
    supervisor = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=environment)
    try:
        while not (tmp_path / "again").exists():
            assert supervisor.poll() is None, "the other one was stopped"
            time.sleep(0.02)
    finally:
        supervisor.terminate()
        ended_with = supervisor.wait(10)
    assert ended_with == 0
    assert (tmp_path / "died").exists()


async def test_a_room_has_one_worker_as_long_as_it_is_small(start: Start, enter: Enter):
    server = await asyncio.to_thread(start, WORKERS="2", ROOM_TOGETHER="8")
    alice = server.person()
    pids = workers(server)
    houses = [homes(await enter(alice, alice.room()["code"], 5), pids) for _ in range(5)]
    assert all(sorted(map(len, by_pid.values())) == [0, 5] for by_pid in houses)
    bob = server.person("bob")
    crowded = bob.room()["code"]
    sockets = [one for _ in range(8) for one in await enter(bob, crowded, 2)]
    assert min(map(len, homes(sockets, pids).values())) > 0, "a large room should be spread"
    await send(sockets[0], type="seek", id="a", position=5)
    assert {(await receive(one, "timeline"))["position"] for one in sockets} == {5}


async def test_the_rooms_of_a_silent_worker_open_in_the_others(start: Start, enter: Enter):
    server = await asyncio.to_thread(start, WORKERS="2")
    alice = server.person()
    code = alice.room()["code"]
    by_pid = homes(await enter(alice, code, 4), workers(server))
    home = next(pid for pid, sockets in by_pid.items() if sockets)
    os.kill(home, signal.SIGSTOP)
    try:
        await asyncio.sleep(QUIET_SECONDS + 1)
        # The kernel still gives it every other connection; those aren't answered, as with any process that stands.
        async with asyncio.timeout(20):
            while True:
                try:
                    async with asyncio.timeout(1):
                        (again,) = await enter(alice, code, 1)
                    break
                except (TimeoutError, OSError, InvalidMessage):
                    continue
        await send(again, type="seek", id="a", position=7)
        assert (await receive(again, "timeline"))["position"] == 7
    finally:
        os.kill(home, signal.SIGCONT)


async def test_stopping_closes_all_with_1012_and_ends_what_is_under_way(start: Start, enter: Enter):
    server = await asyncio.to_thread(start, WORKERS="2", ROOM_TOGETHER="0")
    alice = server.person()
    sockets = await enter(alice, alice.room()["code"], 12)
    body = b'{"username": "nobody", "password": "wrong"}'
    requests = [slow_request(server, body) for _ in range(4)]
    server.processes["web"].send_signal(signal.SIGTERM)
    assert {await closed(one) for one in sockets} == {1012}
    for request in requests:
        request.sendall(body[10:])
        assert request.recv(1024).startswith(b"HTTP/1.1 401")
        request.close()
    assert await asyncio.to_thread(server.processes["web"].wait, 15) == 0
    del server.processes["web"]


def slow_request(server: LiveServer, body: bytes) -> socket.socket:
    """A request to sign in whose body has only begun to come, and which the server has begun to read."""
    request = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    head = (
        f"POST /api/v1/auth/token/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    request.sendall(head.encode() + body[:10])
    assert request.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
    return request


async def test_roles(start: Start, enter: Enter):
    """Pages and REST in one process, sockets in another: as one product behind one front door."""
    api = await asyncio.to_thread(start, ROLE="api")
    sync = await asyncio.to_thread(start, ROLE="sync")
    alice = api.person()
    code = alice.room()["code"]
    at_sync = Person(sync, alice.http, alice.user, alice.access, alice.refresh)
    (one,) = await enter(at_sync, code, 1)
    answer = await asyncio.to_thread(lambda: alice.post(f"rooms/{code}/commands/", type="seek", position=9))
    assert (await receive(one, "timeline"))["seq"] == answer["seq"]
    assert (await asyncio.to_thread(alice.get, f"rooms/{code}/state/"))["participant_count"] == 1
    assert httpx.get(f"{sync.url}/healthz").status_code == 200
    assert httpx.get(f"{sync.url}/api/v1/rooms/").status_code == 404
    async with alice.connect(code) as misrouted:
        assert await closed(misrouted) == 1013


def test_a_port_that_is_taken_is_said_to_be(tmp_path: Path, redis_url: str, database: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        extra = {"WORKERS": "2", "REDIS_URL": redis_url, "DATABASE_URL": database}
        server = LiveServer(tmp_path / "data", extra=extra, port=port)
        server.data.mkdir()
        server.run("web", sys.executable, "-m", "watchparty.server")
        assert server.processes["web"].wait(60) == 1
        assert "Address already in use" in server.log("web")


def test_more_than_one_worker_without_redis_is_refused(tmp_path: Path):
    server = LiveServer(tmp_path / "data", extra={"WORKERS": "2", "REDIS_URL": ""})
    server.data.mkdir()
    server.run("web", sys.executable, "-m", "watchparty.server")
    assert server.processes["web"].wait(60) == 1
    assert "watchparty.E003" in server.log("web")


async def test_workers_whose_parent_was_killed_stop_by_themselves(start: Start, enter: Enter):
    server = await asyncio.to_thread(start, WORKERS="2")
    alice = server.person()
    sockets = await enter(alice, alice.room()["code"], 6)
    orphans = workers(server)
    await asyncio.to_thread(server.stop, "web", sig=signal.SIGKILL)
    assert {await closed(one) for one in sockets} == {1012}
    await ended(*orphans)
