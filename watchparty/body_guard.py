"""Refuses bodies early, in ASGI, before Django spools them to the disk.

Django reads a whole request body before it routes or authenticates: an anonymous 5 GB POST to a path that does not
exist would fill the disk. So a large body is let in only on the paths that take one, only with a credential, and never
beyond the limit; one without a Content-Length is counted as it comes.
"""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from watchparty.api.problems import CONTENT_TYPE, problem

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

UPLOAD_PATHS = re.compile(r"^/api/v1/movies/(?:[0-9a-f-]{36}/subtitles/)?$|^/movies/new/$")
# What multipart framing may add to the file itself.
FRAMING = 64 * 1024


class _TooMuch(Exception):
    """More came than was allowed."""


class BodyGuard:
    """ASGI middleware for HTTP."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        limit = settings.BODY_MAX_BYTES
        if scope["method"] == "POST" and UPLOAD_PATHS.match(scope["path"]):
            if b"authorization" in headers or b"cookie" in headers:
                limit = settings.UPLOAD_MAX_BYTES + FRAMING
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await _refuse(send, limit)
            return

        taken, started = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _TooMuch
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except _TooMuch:
            if started:
                raise
            await _refuse(send, limit)


async def _refuse(send: Send, limit: int) -> None:
    detail = f"The body is larger than the {limit} bytes that this path takes."
    body = json.dumps(problem(413, detail, code="too_large")).encode()
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})
