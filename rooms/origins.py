"""Whether a WebSocket that shows a session cookie comes from a page of ours.

Browsers send cookies along with a WebSocket from any page, and tell that page's origin. A ticket or a bearer token has
to be known to be sent, so with those the origin doesn't matter.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

DEFAULT_PORTS = {"http": 80, "https": 443}


def is_ours(origins: Iterable[str], hosts: Iterable[str], *, secure: bool) -> bool:
    """There must be exactly one Origin and one Host. ``secure``: the socket itself came by TLS."""
    match list(origins), list(hosts):
        case [origin], [host]:
            return _is_configured(origin) or _is_same(origin, host, secure)
    return False


def _is_configured(origin: str) -> bool:
    scheme, _separator, host = origin.lower().partition("://")
    for configured in settings.CSRF_TRUSTED_ORIGINS:
        its_scheme, _separator, its_host = configured.lower().partition("://")
        # As for forms, https://*.example.org is every name below.
        fits = host == its_host or (its_host.startswith("*.") and host.endswith(its_host[1:]))
        if scheme == its_scheme and fits:
            return True
    return False


def _is_same(origin: str, host: str, secure: bool) -> bool:
    try:
        page, here = urlsplit(origin.lower()), urlsplit("//" + host.lower())
        default = DEFAULT_PORTS[page.scheme]
        ports = page.port or default, here.port or default
    except (ValueError, KeyError):
        return False
    if secure and page.scheme != "https":
        return False
    known = validate_host(here.hostname or "", settings.ALLOWED_HOSTS) or validate_host(
        f"[{here.hostname}]", settings.ALLOWED_HOSTS
    )
    return known and page.hostname == here.hostname and ports[0] == ports[1]
