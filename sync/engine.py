"""This process' engine: the live rooms with the store and archive that the settings ask for."""

from functools import cache
from typing import Any

from django.conf import settings
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from sync import limits
from sync.live import Live
from sync.persistence import DatabaseArchive
from sync.store import Store
from sync.store.failover import FailoverStore
from sync.store.memory import MemoryStore
from sync.store.redis import RedisStore


@cache
def live() -> Live:
    archive = DatabaseArchive()
    return Live(store=_store(archive), archive=archive, limits=limits.from_settings())


def _store(archive: DatabaseArchive) -> Store:
    if not settings.REDIS_URL:
        return MemoryStore(archive.new_epoch)

    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.postgresql":
        return FailoverStore(settings.REDIS_URL, _conninfo(database))

    async def authority(found: int | None) -> int:
        """A Redis that knows less than the database is new, or lost its memory."""
        return found if found is not None and found >= await archive.epoch() else await archive.new_epoch()

    return RedisStore(settings.REDIS_URL, authority)


def _conninfo(database: dict[str, Any]) -> str:
    """Django's settings of a PostgreSQL database, as libpq takes them."""
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    values = {name: value for name, value in database.get("OPTIONS", {}).items() if name in known}
    for name, setting in (("dbname", "NAME"), ("user", "USER"), ("password", "PASSWORD"), ("host", "HOST")):
        values[name] = database[setting] or None
    return make_conninfo("", **values, port=database["PORT"] or None)
