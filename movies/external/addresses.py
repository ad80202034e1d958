"""Which URLs and which network addresses a movie may be fetched from."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from movies.playable import Unplayable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST_URL = 2000
RESOLVE_SECONDS = 10.0
# What web servers listen on; below 1024 lie the mail servers and databases that a request could be smuggled to.
LOW_PORTS = frozenset({80, 443})
# As Content-Security-Policy can name one: no IPv6 in brackets, no underscores, no dot at the end.
_HOST = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")
# Of no host on the internet, but global to the ipaddress of some Pythons: protocol assignments, 6to4 relays.
_IPV4_SPECIAL = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("192.88.99.0/24"))
_IPV6_OF_THE_PUBLIC = ipaddress.ip_network("2000::/3")
# The resolver has no time-out of its own that holds; a name server that is silent costs one of these threads a while.
_resolvers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resolver")


class Unacceptable(Unplayable):
    """Says to the one who added the movie why its address or its server is refused."""


@dataclass(frozen=True, slots=True)
class Place:
    """A URL, taken apart. ``target`` is what a request line says; ``host`` is in ASCII."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """As Content-Security-Policy writes it."""
        usual = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{self.host}" + ("" if self.port == usual else f":{self.port}")

    @property
    def url(self) -> str:
        return self.origin + self.target


def place(url: str) -> Place:
    """The place that a URL names. Raises Unacceptable; asks nobody."""
    if len(url) > LONGEST_URL:
        raise Unacceptable(_("The address is longer than %d characters.") % LONGEST_URL)
    # Browsers and libraries read these differently, so that one could check what the other doesn't fetch.
    if any(c.isspace() or not c.isprintable() or c == "\\" for c in url):
        raise Unacceptable(_("Spaces, backslashes and control characters can't be part of an address."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unacceptable(_("This is not an address: expected something like https://example.org/film.mp4.")) from None
    if parts.scheme not in ("http", "https"):
        raise Unacceptable(_("Only addresses that begin with http:// or https:// can be played."))
    if parts.scheme == "http" and settings.HTTPS:
        raise Unacceptable(_("This site is served by https, where browsers play films from https:// addresses only."))
    if "@" in parts.netloc:
        raise Unacceptable(_("An address with a user name or password in it can't be used: everybody would see it."))
    port = port if port is not None else {"http": 80, "https": 443}[parts.scheme]
    if port < 1024 and port not in LOW_PORTS:
        raise Unacceptable(_("Films are not fetched from port %d.") % port)
    target = quote(parts.path or "/", safe="/%:=&~+!$,;'()*@")
    if parts.query:
        target += "?" + quote(parts.query, safe="/%:=&~+!$,;'()*@?")
    return Place(parts.scheme, _host(parts.hostname or ""), port, target)


def file_name(url: str) -> str:
    """What a movie from there may be called: the end of the path, without its suffix, or the host."""
    parts = urlsplit(url)
    return PurePosixPath(unquote(parts.path)).stem or parts.hostname or url


def _host(name: str) -> str:
    try:
        host = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = ""
    if not _HOST.fullmatch(host):
        raise Unacceptable(_("The address must name a host, such as example.org."))
    return host


def resolved(found: Place) -> list[Address]:
    """The network addresses to connect to. Raises Unacceptable when the host has none, or one that is not public.

    One bad address among several is enough: who controls the name may be trying which one we take.
    """
    waiting = _resolvers.submit(socket.getaddrinfo, found.host, found.port, type=socket.SOCK_STREAM)
    try:
        answers = waiting.result(RESOLVE_SECONDS)
    except TimeoutError:
        waiting.cancel()
        raise Unacceptable(_("The name %s could not be looked up in time.") % found.host) from None
    except (OSError, UnicodeError):
        raise Unacceptable(_("There is no host %s.") % found.host) from None
    return checked(str(answer[4][0]) for answer in answers)


def checked(texts: Iterable[str]) -> list[Address]:
    """These addresses. Raises Unacceptable unless each is public, or in EXTERNAL_MOVIE_NETWORKS."""
    addresses = [ipaddress.ip_address(text) for text in texts]
    allowed = [ipaddress.ip_network(network) for network in settings.EXTERNAL_MOVIE_NETWORKS]
    if not addresses or not all(_may_be_asked(address, allowed) for address in addresses):
        raise Unacceptable(_("This address leads into a private network; only public ones can be used."))
    return addresses


def _may_be_asked(address: Address, allowed: list[Network]) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return is_public(address) or any(address in network for network in allowed)


def is_public(address: Address) -> bool:
    """Of the open internet: not private, shared (CGNAT), link-local, loopback, multicast, reserved, or a tunnel."""
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in special for special in _IPV4_SPECIAL)
    # 6to4 and Teredo carry an IPv4 address that a gateway would send it on to; so does NAT64, outside of 2000::/3.
    return address in _IPV6_OF_THE_PUBLIC and address.sixtofour is None and address.teredo is None
