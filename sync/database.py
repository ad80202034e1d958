"""Database work of the engine, which runs on the event loop, in the thread for such work."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do it in one hop, on a connection that stays open from call to call.

    channels' `database_sync_to_async` closes it after each: opening one anew costs more than most queries (3 ms for
    SQLite, with its PRAGMAs and functions), at every join of a room. A broken connection is given up, so that the next
    call opens another.
    """
    done: T = await sync_to_async(_on_kept_connection, thread_sensitive=True)(work, *args, **kwargs)
    return done


def _on_kept_connection(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return work(*args, **kwargs)
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close_at = None
            connection.close_if_unusable_or_obsolete()
