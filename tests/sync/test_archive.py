"""The archive that several processes write behind, each what it knows. On SQLite and on PostgreSQL."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections
from environ import FileAwareEnv

from sync.archive import Saved
from sync.database import in_thread
from sync.persistence import DatabaseArchive
from sync.signals import journaled
from sync.store import Entry
from sync.timeline import EPOCH, Timeline

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_other_app_listens")]


@pytest.fixture(params=["sqlite", "postgresql"])
async def archive(request: pytest.FixtureRequest, empty_database: str) -> AsyncIterator[DatabaseArchive]:
    if request.param == "sqlite":
        yield DatabaseArchive()
        return
    usual = connections.databases["default"]
    connections.databases["default"] = usual | FileAwareEnv.db_url_config(empty_database) | {"OPTIONS": {}}
    await in_thread(_reconnect)
    yield DatabaseArchive()
    connections.databases["default"] = usual
    await in_thread(_reconnect)


def _reconnect() -> None:
    connections["default"].close()
    del connections["default"]


def saved(n: int, *, heard: float = 1.0, pairs: int = 0) -> Saved:
    applied = json.dumps([("s", str(n)) for n in range(pairs)])
    return Saved("room", Timeline(seq=EPOCH + n, position=float(n)), applied, heard)


def entry(n: int) -> tuple[str, Entry]:
    return "room", Entry(EPOCH + n, 1.0, "seek", "p", "alice", None, float(n))


async def test_it_works(archive: DatabaseArchive):
    assert await archive.load("room") is None
    await archive.save([saved(1, pairs=2)], [])
    assert await archive.load("room") == saved(1, pairs=2)


async def test_the_newest_stays(archive: DatabaseArchive):
    await archive.save([saved(5, heard=3.0, pairs=1)], [])
    await archive.save([saved(4, heard=4.0)], [])
    assert await archive.load("room") == saved(5, heard=3.0, pairs=1)
    await archive.save([saved(6)], [])
    assert await archive.load("room") == saved(6, heard=3.0)


async def test_of_the_same_timeline_the_last_pairs_and_the_last_time_anyone_was_heard_stay(archive: DatabaseArchive):
    await archive.save([saved(5, heard=3.0, pairs=1)], [])
    await archive.save([saved(5, heard=2.0, pairs=2)], [])
    await archive.save([saved(5, heard=9.0, pairs=3)], [])
    assert await archive.load("room") == saved(5, heard=9.0, pairs=3)


@contextmanager
def listening() -> Iterator[list[int]]:
    told: list[int] = []

    def listen(entries: list[tuple[str, Entry]], **_: Any) -> None:
        told.extend(entry.seq - EPOCH for _, entry in entries)

    journaled.connect(listen)
    yield told
    journaled.disconnect(listen)


async def test_what_two_processes_journal_is_told_once(archive: DatabaseArchive):
    with listening() as told:
        await archive.save([saved(3)], [entry(2), entry(3)])
        await archive.save([saved(3)], [entry(2), entry(3)])
        await archive.save([saved(5)], [entry(3), entry(4), entry(5)])
        await archive.save([saved(4)], [entry(4)])
    assert told == [2, 3, 4, 5]


async def test_what_a_listener_failed_on_is_told_again(archive: DatabaseArchive):
    def fail(**_: Any) -> None:
        raise ValueError("a bug in somebody else's app")

    journaled.connect(fail)
    with pytest.raises(ValueError, match="a bug"):
        await archive.save([saved(3)], [entry(3)])
    journaled.disconnect(fail)
    assert await archive.load("room") is None
    with listening() as told:
        await archive.save([saved(3)], [entry(3)])
    assert told == [3]
