"""Refuses bodies early, in ASGI, before Django spools them to the disk.

Django reads a whole request body before it routes or authenticates: an anonymous 5 GB POST to a path that does not
exist would fill the disk. So a large body is let in only on the paths that take one, only from somebody who is signed
in, and never beyond the limit; one without a Content-Length is counted as it comes. Where the disk has no room for it,
the answer is 507, at best before anything was written.
"""

import json
import re
import shutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings

from watchparty.api.problems import CONTENT_TYPE, problem
from watchparty.errors import NO_SPACE

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

UPLOAD_PATHS = re.compile(r"^/api/v1/movies/(?:[0-9a-f-]{36}/subtitles/)?$|^/movies/new/$")
# What multipart framing may add to the file itself.
FRAMING = 64 * 1024
# An upload lies on the disk twice for a moment: as the request's body, and as the file that was in it.
COPIES = 2


class _TooMuchError(Exception):
    """More came than was allowed."""


class BodyGuard:
    """ASGI middleware for HTTP. ``signed_in`` tells whether the scope's credential is good."""

    def __init__(self, app: App, *, signed_in: Callable[[Scope], Awaitable[bool]]) -> None:
        self.app = app
        self.signed_in = signed_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit():
            await _refuse(send, 400, "Content-Length must be a whole number.", "bad_content_length")
            return
        limit: int = settings.BODY_MAX_BYTES
        if scope["method"] == "POST" and UPLOAD_PATHS.match(scope["path"]):
            if not await self.signed_in(scope):
                await _refuse(send, 401, "Sign in before you upload.", "not_authenticated")
                return
            limit = settings.UPLOAD_MAX_BYTES + FRAMING
        if int(declared) > limit:
            await _refuse(send, 413, f"The body is larger than the {limit} bytes that this path takes.", "too_large")
            return
        if int(declared) > settings.BODY_MAX_BYTES and int(declared) * COPIES > _free_bytes():
            await _refuse_for_space(send)
            return
        await self._counted(scope, receive, send, limit)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        taken, started = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _TooMuchError
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except _TooMuchError:
            if started:
                raise
            await _refuse(send, 413, f"The body is larger than the {limit} bytes that this path takes.", "too_large")
        except OSError as error:
            if started or error.errno not in NO_SPACE:
                raise
            await _refuse_for_space(send)


def _free_bytes() -> int:
    return shutil.disk_usage(settings.FILE_UPLOAD_TEMP_DIR).free


async def _refuse_for_space(send: Send) -> None:
    await _refuse(send, 507, "There is no room left for it on the server's disk.", "out_of_space")


async def _refuse(send: Send, status: int, detail: str, code: str) -> None:
    body = json.dumps(problem(status, detail, code=code)).encode()
    headers = [
        (b"content-type", CONTENT_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *([(b"www-authenticate", b"Bearer")] if status == 401 else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
