"""What goes on while Redis is down, and how soon it is used again."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from scripts.native import Redis
from tests.live import PASSWORD
from watchparty import limits
from watchparty.cache import ForgivingRedisCache
from watchparty.errors import RateLimited
from watchparty.outage import Outage

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def with_redis(settings: Settings) -> Iterator[Callable[[str], None]]:
    """``with_redis(url)``: caches, sessions and limits as they are with that REDIS_URL."""

    def use(url: str) -> None:
        options = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
        stock = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url, "OPTIONS": options}
        forgiving = stock | {"BACKEND": "watchparty.cache.ForgivingRedisCache"}
        settings.CACHES = {"default": stock, "sessions": forgiving}
        settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
        settings.SESSION_CACHE_ALIAS = "sessions"
        settings.REDIS_URL = url
        _forget()

    yield use
    # Before the fixture that empties the counts after each test: there may be no Redis to empty.
    settings.REDIS_URL = ""
    _forget()


def _forget() -> None:
    ForgivingRedisCache.outage = Outage("Redis (sessions)")
    limits._outage = Outage("Redis (rate limits)")
    for kept in (limits.storage, limits._limiter, limits._own_limiter):
        kept.cache_clear()


def test_an_outage_is_remembered_for_a_second():
    now = [100.0]
    outage = Outage("Redis", clock=lambda: now[0])
    assert not outage.lasts()
    outage.failed(OSError("refused"))
    assert outage.lasts()
    now[0] += 0.99
    assert outage.lasts()
    now[0] += 0.02
    assert not outage.lasts()


def test_signing_in_and_pages_go_on(with_redis: Callable[[str], None], client: Client, alice: User):
    with_redis(NOWHERE)
    assert client.login(username="alice", password=PASSWORD)
    assert client.get("/accounts/profile/").status_code == 200
    client.logout()
    assert client.get("/accounts/profile/").status_code == 302


def test_sessions_are_cached_for_seconds_only(with_redis: Callable[[str], None], redis_url: str):
    """One that was deleted while Redis could not be told must not live on for its 30 days."""
    with_redis(redis_url)
    sessions = caches["sessions"]
    sessions.set("key", {"user": 1}, 86400)
    assert sessions.get("key") == {"user": 1}
    assert "key" in sessions
    assert 0 < sessions._cache.get_client().ttl(sessions.make_key("key")) <= 30  # type: ignore[attr-defined]
    assert sessions.delete("key")
    assert sessions.get("key", "none") == "none"


def test_a_redis_that_hangs_costs_one_short_wait(with_redis: Callable[[str], None], new_redis: Callable[[], Redis]):
    redis = new_redis()
    with_redis(redis.settings()["REDIS_URL"])
    sessions = caches["sessions"]
    sessions.set("key", 1)
    redis.pause()
    began = time.monotonic()
    assert sessions.get("key") is None
    waited = time.monotonic()
    assert [sessions.get("key") for _ in range(19)] == [None] * 19
    assert time.monotonic() - waited < waited - began, "after the first, nobody waits"
    redis.resume()
    ForgivingRedisCache.outage = Outage("Redis (sessions)")
    assert sessions.get("key") == 1


def test_tickets_say_that_they_cannot_be_had(
    with_redis: Callable[[str], None], api: Callable[..., Client], alice: User
):
    client = api(alice)
    room = client.post("/api/v1/rooms/", {"name": "Movie night"}).json()
    with_redis(NOWHERE)
    answer = client.post(f"/api/v1/rooms/{room['code']}/ticket/")
    assert answer.status_code == 503, answer.content
    assert answer.json()["code"] == "unavailable"


def test_readyz_names_the_cache(with_redis: Callable[[str], None], client: Client, db: None):
    with_redis(NOWHERE)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["dependencies"]["cache"] == "down"


def test_limits_count_together_and_exactly(with_redis: Callable[[str], None], redis_url: str, settings: Settings):
    with_redis(redis_url)
    settings.RATE_LIMIT_INVITE = "5/hour"

    def attempt(_: int) -> bool:
        try:
            limits.spend("INVITE", "alice")
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(attempt, range(40))) == 5
    _forget()  # another process
    with pytest.raises(RateLimited) as refused:
        limits.spend("INVITE", "alice")
    assert 0 < refused.value.retry_after <= 3600
    limits.storage().reset()


def test_limits_hold_in_each_process_meanwhile(
    with_redis: Callable[[str], None], new_redis: Callable[[], Redis], settings: Settings
):
    redis = new_redis()
    with_redis(redis.settings()["REDIS_URL"])
    settings.RATE_LIMIT_INVITE = "2/hour"
    limits.spend("INVITE", "bob")
    redis.kill()
    limits.spend("INVITE", "alice")
    limits.spend("INVITE", "alice")
    with pytest.raises(RateLimited):
        limits.spend("INVITE", "alice")
    redis.start()
    limits._outage = Outage("Redis (rate limits)")
    limits.spend("INVITE", "alice")
