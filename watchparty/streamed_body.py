"""Request bodies that a view reads as they come, in constant memory, and keeps what came of one that is cut off.

Django spools a whole body to the disk before it looks for a view, and throws it away when the sender leaves half-way.
On the paths that are streamed it is shown an empty body instead; the view reads the real one from ``body_of(request)``.
"""

import asyncio
import concurrent.futures
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, cast

from django.http import HttpRequest

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

KEY = "watchparty.body"
# A sender who is silent for so long is gone, whether or not the network said so.
IDLE_SECONDS = 30.0
# What a slow sender has sent is handed on after so long, however little it is.
GATHER_SECONDS = 1.0


class BodyCut(Exception):
    """The sender left, or fell silent, before the body was over."""


class Body(Protocol):
    def read(self, size: int, /) -> bytes:
        """About ``size`` bytes, fewer from a slow sender, none at the end. Raises BodyCut."""


class StreamedBody:
    """A body that comes over ASGI, read from a thread."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._reading: asyncio.Task[Any] | None = None
        self._cut = False
        self.over = False

    def read(self, size: int, /) -> bytes:
        try:
            return asyncio.run_coroutine_threadsafe(self._gather(size), self._loop).result()
        except concurrent.futures.CancelledError:
            raise BodyCut from None

    def close(self) -> None:
        """Whoever reads, or would read, finds the body cut. Called in the loop."""
        self._cut = self.over = True
        if self._reading is not None:
            self._reading.cancel()

    async def _gather(self, size: int) -> bytes:
        self._reading = asyncio.current_task()
        parts: list[bytes] = []
        held = 0
        until = self._loop.time() + GATHER_SECONDS
        while not self.over and held < size:
            try:
                async with asyncio.timeout_at(until) if held else asyncio.timeout(IDLE_SECONDS):
                    message = await self._receive()
            except TimeoutError:
                if held:
                    break
                message = {"type": "http.disconnect"}
            if message["type"] == "http.disconnect":
                self._cut = self.over = True
            else:
                parts.append(message.get("body", b""))
                held += len(parts[-1])
                self.over = not message.get("more_body")
        self._reading = None
        if self._cut and not held:
            raise BodyCut
        return b"".join(parts)


class StreamedBodies:
    """ASGI middleware: bodies of the requests that ``streams(method, path)`` names are left to the view."""

    def __init__(self, app: App, *, streams: Callable[[str, str], bool]) -> None:
        self.app = app
        self.streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.streams(scope["method"], scope["path"]):
            await self.app(scope, receive, send)
            return
        body = StreamedBody(receive)
        told = False

        async def nothing_more() -> Message:
            nonlocal told
            if told:
                # Django waits here for the sender to leave: the view notices that itself.
                await asyncio.Event().wait()
            told = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and not body.over:
                message = {**message, "headers": [*message.get("headers", []), (b"connection", b"close")]}
            await send(message)

        serving = asyncio.ensure_future(self.app(scope | {KEY: body}, nothing_more, closing))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            body.close()
            await serving
            raise


def body_of(request: HttpRequest) -> Body:
    """The body of a request whose path is streamed; Django's own where there is no ASGI."""
    scope = getattr(request, "scope", {})
    return cast(Body, scope.get(KEY, request))


def discard(body: Body, most: int) -> None:
    """Read what is left, up to ``most`` bytes: a browser that is still sending would not see the answer."""
    try:
        while most > 0 and (chunk := body.read(min(most, 2**20))):
            most -= len(chunk)
    except BodyCut:
        return
