"""Ports for services that come back on the same one."""

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
FROM = 20_000


def pick() -> int:
    """A free port of 127.0.0.1, below those that the system gives to outgoing connections.

    One of those could be taken while the service is down. Worse, a client that knocks there again and again is given
    it as its own port in the end, and is connected to itself.
    """
    end = int(EPHEMERAL.read_text().split()[0]) if EPHEMERAL.exists() else 32_768
    for port in random.sample(range(FROM, end), k=min(200, end - FROM)) if end > FROM else ():
        if is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # What still winds down after its server has gone is in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
