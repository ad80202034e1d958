"""The server with auditing that a request can do without, as DJANGO_SETTINGS_MODULE.

So both kinds of a write meet the same process, connections and caches: two servers that were the same in everything
differed by up to 1.5 %. For one request at a time.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import async_only_middleware

from benchmarks.audit.servers import HEADER
from watchparty.settings import *  # noqa: F403 - it is a settings module
from watchparty.settings import MIDDLEWARE

_connected: dict[Any, list[Any]] = {}


def hear(audited: bool) -> None:
    """Connect audit's receivers, which are the only ones that its signals have, or none."""
    # Which has models, so not before the apps are there.
    from audit.receivers.hearing import heard

    if not _connected:
        _connected.update((signal, signal.receivers) for signal in heard)
    for signal in heard:
        signal.receivers = _connected[signal] if audited else []


@async_only_middleware
def switch(get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> Any:
    async def called(request: HttpRequest) -> HttpResponseBase:
        hear(HEADER not in request.headers)
        return await get_response(request)

    return called


MIDDLEWARE = [f"{__name__}.switch", *MIDDLEWARE]
