"""Refuses bodies early, in ASGI, before Django spools them to the disk.

Django reads a whole request body before it routes or authenticates: an anonymous 5 GB POST to a path that does not
exist would fill the disk. So a large body is let in only on the paths that take one, only from somebody who may upload,
and never beyond the limit; one without a Content-Length is counted as it comes. Where the disk has no room for it,
the answer is 507, at best before anything was written.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from math import ceil
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from watchparty.api.problems import CONTENT_TYPE, problem
from watchparty.errors import NO_SPACE, DomainError, Invalid, OutOfSpace, RateLimited, TooLarge
from watchparty.incoming import COPIES, IncomingSpace, Upload

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
AdmitUpload = Callable[[Scope], Awaitable[None]]

UPLOAD_PATHS = frozenset({"/api/v1/movies/", "/movies/new/"})
# Chunks of a resumable upload: the view says who may send them, before it reads the first byte.
CHUNK_PATH = re.compile(r"/api/v1/uploads/[0-9a-f-]{36}/")
# What multipart framing may add to the file itself.
FRAMING = 64 * 1024
LENGTH = re.compile(rb"[0-9]{1,18}")


class BodyGuard:
    """ASGI middleware for HTTP. ``admit_upload`` raises a DomainError for a scope whose sender may not upload now."""

    def __init__(self, app: App, *, admit_upload: AdmitUpload) -> None:
        self.app = app
        self.admit_upload = admit_upload
        self.space = IncomingSpace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._guarded(scope, receive, noted)
        except DomainError as error:
            if started:
                raise
            await _refuse(send, error)
        except OSError as error:
            if started or error.errno not in NO_SPACE:
                raise
            await _refuse(send, OutOfSpace(_("There is no room left for it on the server's disk.")))

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not LENGTH.fullmatch(length):
            raise Invalid(_("Content-Length must be a whole number."), code="bad_content_length")
        declared = int(length)
        uploads = scope["method"] == "POST" and scope["path"] in UPLOAD_PATHS
        chunk = takes_chunks(scope["method"], scope["path"])
        limit: int = settings.UPLOAD_MAX_BYTES + FRAMING if uploads or chunk else settings.BODY_MAX_BYTES
        if declared > limit:
            raise _too_large(limit)
        if uploads:
            await self.admit_upload(scope)
        promised = self.space.upload(declared, copies=1 if chunk else COPIES) if uploads or chunk else nullcontext()
        with promised as upload:
            await self.app(scope, _counted(receive, limit, upload), send)


def takes_chunks(method: str, path: str) -> bool:
    """Whether the body of such a request is a chunk of a resumable upload."""
    return method == "PUT" and CHUNK_PATH.fullmatch(path) is not None


def _counted(receive: Receive, limit: int, upload: Upload | None) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        size = len(message.get("body", b""))
        taken += size
        if taken > limit:
            raise _too_large(limit)
        if upload is not None:
            upload.take(size)
        return message

    return counted


def _too_large(limit: int) -> TooLarge:
    return TooLarge(_("The body is larger than the %d bytes that this path takes.") % limit)


async def _refuse(send: Send, error: DomainError) -> None:
    body = json.dumps(problem(error.status, error.detail, title=error.title, code=error.code)).encode()
    headers = [
        (b"content-type", CONTENT_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    if error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, RateLimited):
        headers.append((b"retry-after", str(ceil(error.retry_after)).encode()))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
