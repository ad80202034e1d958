"""This process' engine: the live rooms with the store and archive that the settings ask for."""

from functools import cache

from sync import limits
from sync.live import Live
from sync.persistence import DatabaseArchive
from sync.store.memory import MemoryStore


@cache
def live() -> Live:
    archive = DatabaseArchive()
    return Live(store=MemoryStore(archive.new_epoch), archive=archive, limits=limits.from_settings())
