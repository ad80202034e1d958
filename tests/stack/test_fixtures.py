"""The services that tests get are the test's own where they could disturb each other."""

from collections.abc import Callable

import psycopg

from scripts.native import Redis


def test_databases_are_apart(postgres_url: str, new_database: Callable[[], str]):
    other = new_database()
    assert other != postgres_url
    with psycopg.connect(other, connect_timeout=5) as connection:
        connection.execute("CREATE TABLE mine (n integer)")
    with psycopg.connect(postgres_url, connect_timeout=5) as connection:
        assert connection.execute("SELECT to_regclass('mine')").fetchone() == (None,)


def test_a_redis_to_kill_is_not_the_one_that_others_use(redis_service: Redis, new_redis: Callable[[], Redis]):
    new_redis().kill()
    assert redis_service.answers()
