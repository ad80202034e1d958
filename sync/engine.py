"""This process' engine: the live rooms with the store and archive that the settings ask for."""

from functools import cache

from sync import limits
from sync.live import Live
from sync.persistence import DatabaseArchive
from sync.store.memory import MemoryStore


@cache
def live() -> Live:
    return Live(store=MemoryStore(), archive=DatabaseArchive(), limits=limits.from_settings())
