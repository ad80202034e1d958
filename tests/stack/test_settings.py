"""The settings of the full stack, read from the environment by a process of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from scripts.native import Postgres
from scripts.native.service import ROOT
from watchparty.checks import processes_reach_each_other, redis_address_is_readable

SWITCHED = """
import json, django
django.setup()
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from huey.contrib.djhuey import HUEY
from watchparty import limits
with connection.cursor() as cursor:
    cursor.execute("SELECT current_setting('statement_timeout')")
    [statement] = cursor.fetchone()
cache.set("known", 1)
print(json.dumps({
    "cache": cache.get("known"),
    "sessions": settings.SESSION_ENGINE,
    "layer": type(get_channel_layer()).__name__,
    "jobs": [type(HUEY).__name__, HUEY.storage.conn.ping()],
    "limits": [type(limits.storage()).__name__, limits.storage().check()],
    "age": settings.DATABASES["default"]["CONN_MAX_AGE"],
    "pool": connection.pool.max_size,
    "statement": statement,
}))
"""

RESTARTED = """
import django
django.setup()
from django.db import close_old_connections, connection
def ask():
    close_old_connections()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.close()
ask()
print("asked", flush=True)
input()
ask()
"""


def environment(tmp_path: Path, **settings: str) -> dict[str, str]:
    return os.environ | {"DJANGO_SETTINGS_MODULE": "watchparty.settings", "DATA": str(tmp_path)} | settings


def test_each_url_switches_its_part(redis_url: str, postgres_url: str, tmp_path: Path):
    urls = {"REDIS_URL": redis_url, "DATABASE_URL": postgres_url, "DATABASE_POOL_SIZE": "7"}
    done = subprocess.run(
        [sys.executable, "-c", SWITCHED], cwd=ROOT, env=environment(tmp_path, **urls), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "cache": 1,
        "sessions": "django.contrib.sessions.backends.cached_db",
        "layer": "RedisPubSubChannelLayer",
        "jobs": ["RedisHuey", True],
        "limits": ["RedisStorage", True],
        "age": 0,
        "pool": 7,
        "statement": "15s",
    }


def test_a_restart_of_postgres_is_not_noticed(new_postgres: Callable[[], Postgres], tmp_path: Path):
    """The pool tries a connection before it gives it out."""
    postgres = new_postgres()
    with subprocess.Popen(
        [sys.executable, "-c", RESTARTED],
        cwd=ROOT,
        env=environment(tmp_path, **postgres.settings()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "asked\n"
        postgres.kill()
        postgres.start()
        _, errors = process.communicate("\n", timeout=30)
    assert process.returncode == 0, errors


def test_several_web_processes_need_redis_and_postgres(settings: Settings):
    settings.WORKERS = 2
    assert [problem.id for problem in processes_reach_each_other(None)] == ["watchparty.E003", "watchparty.E004"]
    assert all(problem.hint for problem in processes_reach_each_other(None))
    settings.WORKERS = 1
    assert not processes_reach_each_other(None)


def test_redis_and_sqlite_are_enough_for_one(settings: Settings):
    settings.REDIS_URL = "redis://:secret@127.0.0.1:6379/0"
    assert not processes_reach_each_other(None)
    settings.WORKERS = 2
    assert [problem.id for problem in processes_reach_each_other(None)] == ["watchparty.E004"]


@pytest.mark.parametrize("url", ["http://127.0.0.1", "127.0.0.1:6379", "redis://"])
def test_an_address_that_is_none_fails_the_check(settings: Settings, url: str):
    settings.REDIS_URL = url
    [problem] = redis_address_is_readable(None)
    assert "redis://" in str(problem.hint)
