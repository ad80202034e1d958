"""The network address that a request came from."""

from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

Network = IPv4Network | IPv6Network


def client_address(request: HttpRequest | Request) -> str:
    """The client's IP address; "" where there is none (a Unix socket).

    X-Forwarded-For is believed only from TRUSTED_PROXIES, and of it the last address that is no proxy of ours:
    everything left of that was written by the client.
    """
    peer = _valid(request.META.get("REMOTE_ADDR", ""))
    hops = [peer, *map(_valid, reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")))]
    address = peer
    for hop in hops:
        if not hop:
            break
        address = hop
        if not _is_trusted(hop):
            break
    return address


def limit_key(address: str) -> str:
    """What a limit per address counts by: an IPv6 user holds a whole /64, so that counts as one."""
    if ":" not in address:
        return address
    return str(ip_network(f"{address}/64", strict=False))


@cache
def trusted_networks(entries: tuple[str, ...]) -> tuple[Network, ...]:
    """TRUSTED_PROXIES as networks. Raises ValueError for what is no address or network."""
    return tuple(ip_network(entry, strict=False) for entry in entries)


def _is_trusted(address: str) -> bool:
    networks = trusted_networks(tuple(settings.TRUSTED_PROXIES))
    return any(ip_address(address) in network for network in networks)


def _valid(text: str) -> str:
    """The address in its usual form, a port and a zone dropped; "" for what is none."""
    text = text.strip().removeprefix("[").split("]")[0].split("%")[0]
    if text.count(":") == 1:
        text = text.split(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)
