"""A stored file as an HTTP answer: ranges, validators, constant memory.

Django's FileResponse ignores Range and under ASGI reads the whole file at once. Here the answer's body is an
asynchronous iterator: the event loop asks for the next chunk when the socket has taken the last one, and a thread of a
small pool reads it. So a viewer costs one open file and one chunk, and a client that stops reading stops the reading.
On our own server not even the chunk: the kernel sends the file's bytes itself (``watchparty.outlet``).
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, BinaryIO, cast

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe
from django.utils.translation import gettext as _

from movies import storage
from movies.ranges import Span, Unsatisfiable, parse
from watchparty.api.problems import as_response
from watchparty.errors import DomainError, NotFound
from watchparty.outlet import EXTENSION, Outlet

CHUNK_BYTES = 256 * 1024
# A film may be one answer for its whole length: who may no longer watch gets no more of it after so many seconds.
ASKED_EVERY = 0.5
# A bucket asks nobody: how long a URL into it is good bounds how long somebody who may no longer watch can go on. A
# player keeps to it for the whole film; a page whose URL ran out in a long pause gets itself another.
PAUSES = timedelta(minutes=30)
LONGEST = timedelta(hours=6)
FETCHED_AT_ONCE = timedelta(minutes=5)
# Threads that read from the disk for all viewers; one chunk from the page cache takes 50 µs.
_readers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="media-reader")


@dataclass(frozen=True, slots=True)
class _Version:
    """Which bytes these are: stored files never change under their name."""

    size: int
    modified: int
    etag: str


def watching(duration: float | None) -> timedelta:
    """How long a film of ``duration`` seconds may take to watch."""
    return LONGEST if duration is None else min(LONGEST, timedelta(seconds=duration) + PAUSES)


def respond(
    request: HttpRequest,
    *,
    name: str,
    content_type: str,
    filename: str,
    still: Callable[[], object] | None = None,
    redirect: bool = True,
    good_for: timedelta = FETCHED_AT_ONCE,
) -> HttpResponseBase:
    """Answer GET or HEAD for the stored file ``name``: 200, 206, 304, 412 or 416. Raises NotFound.

    A file in a bucket is answered by 302 to a URL there that is ``good_for`` so long, unless ``redirect`` is false.
    Raises Unavailable as well then.
    ``filename`` is what a browser would save it as. Called in a thread; the body is then read asynchronously. ``still``
    is called in a thread while it is: a DomainError that it raises ends the answer where it is.
    """
    bucket = storage.bucket_of(name) if redirect else None
    if bucket is not None:
        method = "HEAD" if request.method == "HEAD" else "GET"
        shown = _disposition(filename)
        url = bucket.signed_url(name, method=method, content_type=content_type, disposition=shown, good_for=good_for)
        # Who comes again is asked again whether they may watch.
        return HttpResponse(status=302, headers={"Location": url, "Cache-Control": "private, no-store"})
    version = _version(name)
    response = _unchanged(request, version)
    if response is None:
        response = _content(request, name, version, still)
    if response.status_code in (200, 206):
        response.headers["Content-Type"] = content_type
        response.headers["Content-Disposition"] = _disposition(filename)
    response.headers["Accept-Ranges"] = "bytes"
    # Kept by the viewer's own browser only, and asked for anew each time: who may watch can change.
    response.headers["Cache-Control"] = "private, no-cache"
    if response.status_code < 400:
        response.headers["ETag"] = version.etag
        response.headers["Last-Modified"] = http_date(version.modified)
    return response


def _version(name: str) -> _Version:
    try:
        size = storage.media().size(name)
        modified: datetime = storage.media().get_modified_time(name)
    except FileNotFoundError:
        raise NotFound(_("This file is gone from the server's disk.")) from None
    seconds = int(modified.astimezone(UTC).timestamp())
    digest = hashlib.sha256(f"{name} {size} {modified.timestamp()}".encode()).hexdigest()
    return _Version(size=size, modified=seconds, etag=f'"{digest[:32]}"')


def _unchanged(request: HttpRequest, version: _Version) -> HttpResponseBase | None:
    """304 or 412, when the client's own copy decides."""
    response = get_conditional_response(request, etag=version.etag, last_modified=version.modified)
    if response is not None and response.status_code == 412:
        return as_response(412, _("The file is not the version that was asked for."))
    return response


def _content(
    request: HttpRequest, name: str, version: _Version, still: Callable[[], object] | None
) -> HttpResponseBase:
    size = version.size
    if request.method == "HEAD":
        # Ranges are defined for GET alone.
        return HttpResponse(headers={"Content-Length": str(size)})
    try:
        span = parse(request.headers.get("Range"), size) if _range_applies(request, version) else None
    except Unsatisfiable:
        response = as_response(416, _("The file has %d bytes; none of those asked for.") % size)
        response.headers["Content-Range"] = f"bytes */{size}"
        return response
    file = cast(BinaryIO, storage.media().open(name))
    # What comes from a bucket passes through this process.
    outlet = _outlet(request) if storage.bucket_of(name) is None else None
    body = FileBody(file, span or Span(0, size - 1), still, outlet)
    if span is None:
        return StreamingHttpResponse(body, headers={"Content-Length": str(size)})
    part = {"Content-Length": str(span.length), "Content-Range": f"bytes {span.first}-{span.last}/{size}"}
    return StreamingHttpResponse(body, status=206, headers=part)


def _outlet(request: HttpRequest) -> Outlet | None:
    """Only where our own server runs, and the request came by ASGI."""
    scope: dict[str, Any] = getattr(request, "scope", {})
    outlet: Outlet | None = scope.get("extensions", {}).get(EXTENSION)
    return outlet


def _range_applies(request: HttpRequest, version: _Version) -> bool:
    """If-Range: a part only of the version that the client has a part of already. Weak validators never match."""
    condition = request.headers.get("If-Range", "").strip()
    if not condition:
        return True
    if condition.startswith(('"', "W/")):
        return condition == version.etag
    return parse_http_date_safe(condition) == version.modified


def _disposition(filename: str) -> str:
    return content_disposition_header(False, _safe(filename)) or "inline"


def _safe(filename: str) -> str:
    """Without what a header or a file system would stumble over."""
    return "".join(c for c in filename if c.isprintable() and c not in '/\\:*?"<>|').strip(". ") or "movie"


def _may(still: Callable[[], object]) -> bool:
    try:
        still()
    except DomainError:
        return False
    finally:
        # The next question comes from whichever thread is free.
        connection.close()
    return True


class FileBody:
    """The bytes of an open file in one span. Closes the file when it is through, or nobody wants more.

    They are chunks, or none at all where there is an ``outlet``: then what is iterated over has sent them by itself.
    """

    def __init__(
        self, file: BinaryIO, span: Span, still: Callable[[], object] | None = None, outlet: Outlet | None = None
    ) -> None:
        self._file = file
        self._span = span
        self._still = still
        self._outlet = outlet
        self._asked = monotonic()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            if self._outlet is not None:
                await self._send(self._outlet)
                return
            loop = asyncio.get_running_loop()
            left = self._span.length
            await loop.run_in_executor(_readers, self._file.seek, self._span.first)
            while left > 0 and await self._may_go_on():
                chunk = await loop.run_in_executor(_readers, self._file.read, min(CHUNK_BYTES, left))
                if not chunk:
                    # Shorter than it was: the server notices the missing bytes and cuts the connection.
                    return
                left -= len(chunk)
                yield chunk
        finally:
            self.close()

    async def _send(self, outlet: Outlet) -> None:
        at, end = self._span.first, self._span.last + 1
        try:
            if await outlet.open():
                while at < end and await self._may_go_on():
                    at += await outlet.send(_readers, self._file.fileno(), at, end - at, ASKED_EVERY)
        except (ConnectionError, EOFError):
            return  # nobody is there any more; or as above
        finally:
            await outlet.close()

    async def _may_go_on(self) -> bool:
        if self._still is None or monotonic() - self._asked <= ASKED_EVERY:
            return True
        allowed = await asyncio.get_running_loop().run_in_executor(_readers, _may, self._still)
        self._asked = monotonic()
        return allowed

    def close(self) -> None:
        # In a thread, because it waits for a read that is under way.
        _readers.submit(self._file.close)
