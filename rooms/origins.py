"""Whether a WebSocket that shows a session cookie comes from a page of ours.

Browsers send cookies along with a WebSocket from any page, and tell that page's origin. A ticket or a bearer token has
to be known to be sent, so with those the origin doesn't matter.
"""

import re
from collections.abc import Iterable

from django.conf import settings
from django.http.request import validate_host

DEFAULT_PORTS = {"http": 80, "https": 443}
HOST = r"(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
HOST_HEADER = re.compile(HOST)
# Browsers write it just so. Parsers of URLs are kinder, and take what leads elsewhere for a name of ours.
ORIGIN = re.compile(rf"(?P<scheme>https?)://{HOST}")


def is_ours(origins: Iterable[str], hosts: Iterable[str], *, secure: bool) -> bool:
    """There must be exactly one Origin and one Host. ``secure``: the socket itself came by TLS."""
    match list(origins), list(hosts):
        case [origin], [host]:
            page, here = ORIGIN.fullmatch(origin.lower()), HOST_HEADER.fullmatch(host.lower())
            return page is not None and (_is_configured(page[0]) or (here is not None and _is_same(page, here, secure)))
    return False


def _is_configured(origin: str) -> bool:
    scheme, _separator, host = origin.partition("://")
    for configured in settings.CSRF_TRUSTED_ORIGINS:
        its_scheme, _separator, its_host = configured.lower().partition("://")
        # As for forms, https://*.example.org is every name below.
        fits = host == its_host or (its_host.startswith("*.") and host.endswith(its_host[1:]))
        if scheme == its_scheme and fits:
            return True
    return False


def _is_same(page: re.Match[str], here: re.Match[str], secure: bool) -> bool:
    if secure and page["scheme"] != "https":
        return False
    default = DEFAULT_PORTS[page["scheme"]]
    ports = [default if one["port"] is None else int(one["port"]) for one in (page, here)]
    if ports[0] != ports[1] or not 0 < ports[0] < 65536:
        return False
    return page["host"] == here["host"] and validate_host(here["host"], settings.ALLOWED_HOSTS)
