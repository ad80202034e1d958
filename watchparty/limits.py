"""Rate limits by name, counted exactly under concurrency (the ``limits`` library, moving window).

With Redis all processes count together. While it is down each counts for itself: a limit is then a little wider, and
nobody is locked out.
"""

import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter

from watchparty.errors import RateLimited
from watchparty.outage import Outage

T = TypeVar("T")
_outage = Outage("Redis (rate limits)")


@cache
def storage() -> Storage:
    """Where the counts are kept."""
    if not settings.REDIS_URL:
        return _own_limiter().storage
    link: dict[str, Any] = settings.REDIS_LINK
    return RedisStorage(settings.REDIS_URL, key_prefix="watchparty-limits", wrap_exceptions=True, **link)


@cache
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(storage())


@cache
def _own_limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


def _ask(question: Callable[[MovingWindowRateLimiter], T]) -> T:
    if not _outage.lasts():
        try:
            return question(_limiter())
        except StorageError as error:
            _outage.failed(error.storage_error)
    return question(_own_limiter())


def _rate(name: str) -> RateLimitItem | None:
    value: str = getattr(settings, f"RATE_LIMIT_{name}")
    return None if value in ("", "0") else parse(value)


def spend(name: str, *key: str) -> None:
    """Count one use of the limit ``RATE_LIMIT_<name>`` for this key. Raises RateLimited when it is used up."""
    rate = _rate(name)
    if rate is not None and not _ask(lambda limiter: limiter.hit(rate, name, *key)):
        raise _refusal(rate, name, *key)


def ensure_left(name: str, *key: str) -> None:
    """Raise RateLimited when the limit is used up, without counting: for limits that count failures only."""
    rate = _rate(name)
    if rate is not None and not _ask(lambda limiter: limiter.test(rate, name, *key)):
        raise _refusal(rate, name, *key)


def has_left(name: str, *key: str, amount: int = 1) -> bool:
    """Whether this many uses are left, without counting."""
    rate = _rate(name)
    return rate is None or _ask(lambda limiter: limiter.test(rate, name, *key, cost=amount))


def _refusal(rate: RateLimitItem, name: str, *key: str) -> RateLimited:
    wait = max(1.0, _ask(lambda limiter: limiter.get_window_stats(rate, name, *key)).reset_time - time.time())
    return RateLimited(
        _("Too many attempts: at most %(rate)s. Try again in %(wait)d seconds.") % {"rate": rate, "wait": wait},
        retry_after=wait,
    )
