"""This process' engine: the live rooms with the store and archive that the settings ask for."""

from functools import cache

from django.conf import settings

from sync import limits
from sync.live import Live
from sync.persistence import DatabaseArchive
from sync.store import Store
from sync.store.memory import MemoryStore
from sync.store.redis import RedisStore


@cache
def live() -> Live:
    archive = DatabaseArchive()
    return Live(store=_store(archive), archive=archive, limits=limits.from_settings())


def _store(archive: DatabaseArchive) -> Store:
    if not settings.REDIS_URL:
        return MemoryStore(archive.new_epoch)

    async def authority(found: int | None) -> int:
        """A Redis that knows less than the database is new, or lost its memory."""
        return found if found is not None and found >= await archive.epoch() else await archive.new_epoch()

    return RedisStore(settings.REDIS_URL, authority)
