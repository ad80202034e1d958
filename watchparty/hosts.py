"""By which names this machine is reached when ALLOWED_HOSTS isn't set."""

import socket


def local_hosts() -> list[str]:
    """Loopback, this machine's names and its addresses, in the form of Django's ALLOWED_HOSTS."""
    name = socket.gethostname()
    hosts = {"localhost", "127.0.0.1", "[::1]", name.lower(), f"{name.lower()}.local"} | lan_addresses()
    return sorted(hosts)


def lan_addresses() -> set[str]:
    """IPv4 addresses of this machine that others may reach it by."""
    found: set[str] = set()
    try:
        found.update(info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET))
    except OSError:
        pass  # the name resolves to nothing: the routed address below is all there is
    # Connecting a datagram socket sends nothing; it only asks the kernel which address it would send from.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found.add(probe.getsockname()[0])
        except OSError:
            pass  # no route out: this machine is by itself
    return {str(address) for address in found}
