"""The cache before the session table."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.redis import RedisCache
from redis import RedisError

from watchparty.outage import Outage

T = TypeVar("T")
LIVE_SECONDS = 30


class ForgivingRedisCache(RedisCache):
    """Redis, or nothing while it does not answer: pages and signing in go on with the table alone.

    A session that is deleted meanwhile may come back with Redis, or because a request read it just before. So entries
    live for seconds only: pages take such a session that long; the API and the sockets, which look the device up in
    the database each time, not at all.
    """

    outage = Outage("Redis (sessions)")

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._tried(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> None:
        timeout = LIVE_SECONDS if timeout is None else min(timeout, LIVE_SECONDS)
        self._tried(lambda: super(ForgivingRedisCache, self).set(key, value, timeout, version), None)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._tried(lambda: super(ForgivingRedisCache, self).has_key(key, version), False)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._tried(lambda: super(ForgivingRedisCache, self).delete(key, version), False)

    def _tried(self, work: Callable[[], T], otherwise: T) -> T:
        if self.outage.lasts():
            return otherwise
        try:
            return work()
        except RedisError as error:
            self.outage.failed(error)
            return otherwise
