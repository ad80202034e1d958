"""By which names this machine is reached when ALLOWED_HOSTS isn't set."""

import contextlib
import socket


def local_hosts() -> list[str]:
    """Loopback, this machine's names and its addresses, in the form of Django's ALLOWED_HOSTS."""
    name = socket.gethostname()
    hosts = {"localhost", "127.0.0.1", "[::1]", name.lower(), f"{name.lower()}.local"} | lan_addresses()
    return sorted(hosts)


def lan_addresses() -> set[str]:
    """IPv4 addresses of this machine that others may reach it by."""
    found: set[str] = set()
    with contextlib.suppress(OSError):  # a name that resolves to nothing: the routed address is all there is
        found.update(str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET))
    # Connecting a datagram socket sends nothing; it only asks the kernel which address it would send from.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        found.add(str(probe.getsockname()[0]))
    return found
