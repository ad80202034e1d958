"""The engine in a server process of its own, and clients for it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.sync.contract import check
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 40


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Engine:
    """`server` is uvicorn with our protocol class, uvicorn with its own, or daphne."""

    def __init__(self, data: Path, server: str = "uvicorn", **settings: str) -> None:
        self.data = data
        self.server = server
        self.port = free_port()
        self.environment = os.environ | {
            "DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "tests.sync.engine_settings",
            "PYTHONPATH": str(ROOT),
            # The clients here say nothing of themselves.
            "SYNC_HEARTBEAT_TIMEOUT": "60",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE, trust_env=False)

    def start(self) -> Self:
        if not self.data.exists():
            self.data.mkdir(parents=True)
            subprocess.run(
                [sys.executable, "-m", "django", "migrate", "-v0"], cwd=ROOT, env=self.environment, check=True
            )
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise RuntimeError(f"The engine did not start:\n{self.log}")

    @property
    def command(self) -> list[str]:
        port = str(self.port)
        if self.server == "daphne":
            return [sys.executable, "-m", "daphne", "-p", port, "tests.sync.engine_app:application"]
        if self.server == "runserver":
            return [sys.executable, "-m", "django", "runserver", "--noreload", "--nothreading", f"127.0.0.1:{port}"]
        ws = "sync.uvicorn_protocol:RoomProtocol" if self.server == "uvicorn" else "websockets-sansio"
        options = ["--port", port, "--ws", ws, "--ws-max-size", "65536", "--log-level", "warning", "--loop", "uvloop"]
        return [sys.executable, "-m", "uvicorn", "tests.sync.engine_app:application", *options]

    @property
    def log(self) -> str:
        return (self.data / "server.log").read_text(errors="replace")

    def stop(self, sig: int = signal.SIGTERM) -> None:
        self.http.close()
        self.http = httpx.Client(base_url=str(self.http.base_url), timeout=PATIENCE, trust_env=False)
        if self.process is not None:
            self.process.send_signal(sig)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def url(self, room: str, query: str = "") -> str:
        return f"ws://127.0.0.1:{self.port}/ws/rooms/{room}/{query}"

    def notice(self, kind: str, **arguments: Any) -> None:
        self.http.post(f"/notice/{kind}/", json=arguments).raise_for_status()

    def command_by_rest(self, room: str, user: str, **command: Any) -> httpx.Response:
        return self.http.post(f"/command/{room}/{user}/", json=command)

    def state(self, room: str) -> dict[str, Any]:
        answer = self.http.get(f"/state/{room}/")
        told: dict[str, Any] = answer.raise_for_status().json()
        return told

    @asynccontextmanager
    async def client(self, room: str, user: str = "owner", query: str = "", **options: Any) -> AsyncIterator["Client"]:
        """Somebody in the room, who has been welcomed."""
        async with self.socket(room, user, query, **options) as connection:
            client = Client(connection)
            client.welcome = await client.next("welcome")
            yield client

    @asynccontextmanager
    async def clients(self, room: str, *users: str) -> AsyncIterator[list["Client"]]:
        """These, entered in this order. They leave all at once, also when the test fails."""
        async with AsyncExitStack() as stack:
            entered = [await stack.enter_async_context(self.client(room, user)) for user in users]
            try:
                yield entered
            finally:
                await asyncio.gather(*(one.connection.close() for one in entered))

    def socket(self, room: str, user: str = "owner", query: str = "", **options: Any) -> connect:
        headers = {"Authorization": f"Bearer {user}"} if user else {}
        headers |= options.pop("headers", {})
        return connect(
            self.url(room, query),
            additional_headers=headers,
            subprotocols=["watchparty.v1"],  # type: ignore[list-item]
            proxy=None,
            compression=None,
            max_queue=None,
            **options,
        )

    async def closed(self, room: str, user: str = "owner", query: str = "", **options: Any) -> tuple[int, str]:
        """Code and reason of a socket that is not let in."""
        async with self.socket(room, user, query, **options) as connection:
            return await Client(connection).closed()


class Client:
    """A participant's end of a socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.welcome: dict[str, Any] = {}
        self._said: list[str] = []
        """Lines of chat that have not been answered."""

    @property
    def id(self) -> str:
        return str(self.welcome["you"]["id"])

    @property
    def session(self) -> str:
        return str(self.welcome["session"])

    @property
    def seq(self) -> int:
        return int(self.welcome["timeline"]["seq"])

    async def send(self, type: str, **keys: Any) -> None:
        if type == "chat":
            self._said.append(str(keys.get("id")))
        await self.connection.send(json.dumps({"type": type, **keys}))

    async def _message(self) -> dict[str, Any]:
        """The next message, which is as documented."""
        message: dict[str, Any] = json.loads(await self.connection.recv())
        check("fromServer", message)
        answers = message["type"] in ("ack", "error") or (message["type"] == "chat" and message["by"]["id"] == self.id)
        if answers and message.get("id") in self._said:
            self._said.remove(message["id"])
        return message

    async def next(self, *types: str, timeout: float = PATIENCE, **keys: Any) -> dict[str, Any]:
        """The next message of one of `types` with those keys; others before it are passed over."""
        async with asyncio.timeout(timeout):
            while True:
                message = await self._message()
                if message["type"] in types and keys.items() <= message.items():
                    return message

    async def now(self) -> list[dict[str, Any]]:
        """Everything that was sent before the answers to a `clock` message and to all that was said before it."""
        await self.send("clock", t0=time.monotonic())
        messages: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE):
            while self._said or not any(message["type"] == "clock" for message in messages):
                messages.append(await self._message())
        return [message for message in messages if message["type"] != "clock"]

    async def does(self, type: str, id: str = "1", **keys: Any) -> dict[str, Any]:
        """A command, and the timeline, ack or error that answers it."""
        await self.send(type, id=id, **keys)
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self._message()
                if message["type"] in ("ack", "error") and message.get("id") == id:
                    return message
                if message["type"] == "timeline" and message["cause"]["id"] == id:
                    return message

    async def status(self, state: str, seq: int, position: float = 0.0, **keys: Any) -> None:
        await self.send("status", state=state, seq=seq, position=position, buffered=10.0, **keys)

    async def closed(self, timeout: float = PATIENCE) -> tuple[int, str]:
        """Code and reason, once the server has closed."""
        async with asyncio.timeout(timeout):
            try:
                while True:
                    await self.connection.recv()
            except ConnectionClosed as closed:
                return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
