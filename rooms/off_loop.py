"""Database work for the sync engine, which runs on the event loop."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import Error
from django.utils.translation import gettext as _

from sync.database import in_thread
from watchparty.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")


async def in_database(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do it in a thread, in one hop. A database that doesn't answer is Unavailable: never a false acknowledgement."""
    try:
        return await in_thread(work, *args, **kwargs)
    except Error as error:
        raise Unavailable(_("The database doesn't answer: nothing was stored, try again.")) from error
