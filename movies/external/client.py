"""An HTTP client that goes only where was checked, and takes only so much, for only so long.

Each connection is made to the address that was checked, not to a name that is looked up again: what a name server says
later (DNS rebinding) changes nothing. TLS is still verified against the name. Redirects are followed by hand.
"""

import io
import logging
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from time import monotonic
from typing import Any, cast
from urllib.parse import urljoin

from django.conf import settings
from django.utils.translation import gettext as _

from movies.external.addresses import Address, Place, Unacceptable, place, resolved

logger = logging.getLogger(__name__)

REDIRECTS = 3
# Bytes of a whole file: a local one of that length with holes takes little room, but file systems have their limits.
LARGEST = 1024**4
CONNECT_SECONDS = 5.0
# Nothing for so long: the server isn't one to watch a film from.
SILENCE_SECONDS = 10.0
_REDIRECT = frozenset({301, 302, 303, 307, 308})
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


@dataclass
class Budget:
    """What looking into one movie may cost. ``until`` by the monotonic clock."""

    until: float
    requests: int
    bytes: int

    def spend_request(self) -> None:
        self.requests -= 1
        if self.requests < 0:
            raise Unacceptable(_("Its parts lie too scattered to be looked into from here. Upload the file instead."))

    def spend_bytes(self, count: int) -> None:
        self.bytes -= count
        if self.bytes < 0:
            raise Unacceptable(_("Its index is too large to be looked into from here. Upload the file instead."))

    def seconds(self, most: float) -> float:
        """How long the next step may take. Raises TimeoutError when there is no time left."""
        left = self.until - monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, most)


class _Socket:
    """What HTTPResponse reads from: each wait is bounded by the budget, however slowly single bytes drip in."""

    def __init__(self, sock: socket.socket, budget: Budget) -> None:
        self._reader = io.BufferedReader(_Bounded(sock, budget))

    def makefile(self, mode: str) -> "io.BufferedReader[_Bounded]":
        return self._reader


class _Bounded(io.RawIOBase):
    def __init__(self, sock: socket.socket, budget: Budget) -> None:
        self._sock = sock
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._budget.seconds(SILENCE_SECONDS))
        return self._sock.recv_into(buffer)


@dataclass(frozen=True, slots=True)
class Resource:
    """A file that was found, by the address that answered for it. ``size`` in bytes; ``origins`` that led to it."""

    place: Place
    address: Address
    size: int
    content_type: str
    origins: tuple[str, ...]
    head: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Start:
    """What a file begins with, by the address that answered for it. ``whole``: there is no more of it. ``readable``:
    our pages' scripts may read it too (CORS). ``origins`` that led to it."""

    place: Place
    origins: tuple[str, ...]
    data: bytes = field(repr=False)
    whole: bool
    readable: bool


def open_resource(url: str, *, head: int, budget: Budget) -> Resource:
    """Follow ``url`` to a file and take its first ``head`` bytes. Raises Unacceptable."""
    budget.spend_bytes(head)
    with _followed(url, head, budget) as (at, origins, response, address):
        size = _total(response, first=0)
        _may_be_shown(response)
        content_type = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        return Resource(at, address, size, content_type, origins, _body(response, min(head, size)))


def open_start(url: str, *, most: int, budget: Budget) -> Start:
    """Follow ``url`` and take ``most`` bytes at most, also from a server that knows no Range requests, as a page's
    script would. Raises Unacceptable."""
    ours = settings.PUBLIC_URL or "null"
    with _followed(url, most, budget, origin=ours) as (at, origins, response, _address):
        if response.status == 200:
            _check_plain(response)
            data = response.read(most + 1)
            size = len(data)
        else:
            size = _total(response, first=0)
            data = _body(response, min(most, size))
        budget.spend_bytes(len(data))
        allowed = (response.getheader("Access-Control-Allow-Origin") or "").strip()
        return Start(at, origins, data[:most], size <= most, allowed in ("*", ours))


@contextmanager
def _followed(
    url: str, count: int, budget: Budget, origin: str = ""
) -> Iterator[tuple[Place, tuple[str, ...], HTTPResponse, Address]]:
    """The answer to a request for the first ``count`` bytes, where redirects end, and all origins on the way."""
    at, origins = place(url), list[str]()
    for _hop in range(REDIRECTS + 1):
        origins += [at.origin] if at.origin not in origins else []
        with _asked(at, resolved(at), (0, count - 1), budget, origin) as (response, address):
            if response.status not in _REDIRECT:
                yield at, tuple(origins), response, address
                return
            at = place(urljoin(at.url, response.getheader("Location") or ""))
    raise Unacceptable(_("The address leads on to other ones more than %d times.") % REDIRECTS)


def read_range(resource: Resource, first: int, count: int, *, budget: Budget) -> bytes:
    """``count`` bytes from ``first`` on, from where the file was found. Raises Unacceptable."""
    budget.spend_bytes(count)
    with _asked(resource.place, [resource.address], (first, first + count - 1), budget) as (response, _address):
        if _total(response, first=first) != resource.size:
            raise Unacceptable(_("The file changes while it is looked at."))
        return _body(response, count)


@contextmanager
def _asked(
    at: Place, addresses: list[Address], span: tuple[int, int], budget: Budget, origin: str = ""
) -> Iterator[tuple[HTTPResponse, Address]]:
    """The answer, and which of the checked addresses gave it."""
    with _troubles_told(at):
        budget.spend_request()
        plain, address = _connected(at, addresses, budget)
        with plain, _secured(plain, at, budget) as sock:
            sock.settimeout(budget.seconds(SILENCE_SECONDS))
            sock.sendall(_request(at, span, origin))
            response = HTTPResponse(cast(socket.socket, _Socket(sock, budget)), method="GET")
            try:
                response.begin()
                yield response, address
            finally:
                response.close()


@contextmanager
def _troubles_told(at: Place) -> Iterator[None]:
    """What goes wrong with servers and networks, in words for the one who added the movie."""
    try:
        yield
    except TimeoutError:
        raise Unacceptable(_("The server %s takes too long to answer.") % at.host) from None
    except ssl.SSLError as error:
        logger.info("TLS with %s: %s", at.host, error)
        raise Unacceptable(_("The server %s can't be trusted: its certificate is not in order.") % at.host) from None
    except (OSError, HTTPException) as error:
        logger.info("Asking %s: %r", at.host, error)
        raise Unacceptable(_("The server %s can't be reached, or does not answer as one should.") % at.host) from None


def _connected(at: Place, addresses: list[Address], budget: Budget) -> tuple[socket.socket, Address]:
    for address in addresses[:-1]:
        with suppress(OSError):
            return _connect(at, address, budget), address
    return _connect(at, addresses[-1], budget), addresses[-1]


def _connect(at: Place, address: Address, budget: Budget) -> socket.socket:
    return socket.create_connection((str(address), at.port), timeout=budget.seconds(CONNECT_SECONDS))


@contextmanager
def _secured(plain: socket.socket, at: Place, budget: Budget) -> Iterator[socket.socket]:
    if at.scheme == "http":
        yield plain
        return
    plain.settimeout(budget.seconds(SILENCE_SECONDS))
    with ssl.create_default_context().wrap_socket(plain, server_hostname=at.host) as sock:
        yield sock


def _request(at: Place, span: tuple[int, int], origin: str) -> bytes:
    # Place lets neither spaces nor line ends through.
    lines = (
        f"GET {at.target} HTTP/1.1",
        f"Host: {at.origin.partition('://')[2]}",
        f"Range: bytes={span[0]}-{span[1]}",
        "Accept: video/mp4, video/webm, */*;q=0.1",
        "Accept-Encoding: identity",
        "User-Agent: WatchParty",
        "Connection: close",
        *([f"Origin: {origin}"] if origin else []),
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


def _total(response: HTTPResponse, *, first: int) -> int:
    """The size of the whole file, of which the part that was asked for has come."""
    if response.status == 200:
        raise Unacceptable(
            _("Its server always sends the whole file (it knows no Range requests), so nobody could jump in it.")
        )
    if response.status != 206:
        raise Unacceptable(_("Its server answers with status %d.") % response.status)
    _check_plain(response)
    span = _RANGE.fullmatch((response.getheader("Content-Range") or "").strip())
    if span is None or int(span[1]) != first or not first <= int(span[2]) < int(span[3]):
        raise Unacceptable(_("Its server does not say how large the file is."))
    if int(span[3]) > LARGEST:
        raise Unacceptable(_("Its server says that the file is larger than any film is."))
    return int(span[3])


def _check_plain(response: HTTPResponse) -> None:
    if (response.getheader("Content-Encoding") or "identity").lower() != "identity":
        raise Unacceptable(_("Its server packs the file on the way, so nobody could jump in it."))


def _may_be_shown(response: HTTPResponse) -> None:
    if (response.getheader("Cross-Origin-Resource-Policy") or "").strip().lower() in ("same-origin", "same-site"):
        raise Unacceptable(_("Its server forbids other sites to show the file (Cross-Origin-Resource-Policy)."))


def _body(response: HTTPResponse, count: int) -> bytes:
    data = response.read(count)
    if len(data) < count:
        raise Unacceptable(_("Its server sends less than it says."))
    return data
