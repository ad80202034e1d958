"""Rate limits by name, counted exactly under concurrency (the ``limits`` library, moving window)."""

import time
from functools import cache

from django.conf import settings
from django.utils.translation import gettext as _
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, Storage
from limits.strategies import MovingWindowRateLimiter

from watchparty.errors import RateLimited


@cache
def storage() -> Storage:
    """Where the counts are kept: this process, as long as one process serves."""
    return MemoryStorage()


@cache
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(storage())


def _rate(name: str) -> RateLimitItem | None:
    value: str = getattr(settings, f"RATE_LIMIT_{name}")
    return None if value in ("", "0") else parse(value)


def spend(name: str, *key: str) -> None:
    """Count one use of the limit ``RATE_LIMIT_<name>`` for this key. Raises RateLimited when it is used up."""
    rate = _rate(name)
    if rate is not None and not _limiter().hit(rate, name, *key):
        raise _refusal(rate, name, *key)


def ensure_left(name: str, *key: str) -> None:
    """Raise RateLimited when the limit is used up, without counting: for limits that count failures only."""
    rate = _rate(name)
    if rate is not None and not _limiter().test(rate, name, *key):
        raise _refusal(rate, name, *key)


def has_left(name: str, *key: str, amount: int = 1) -> bool:
    """Whether this many uses are left, without counting."""
    rate = _rate(name)
    return rate is None or _limiter().test(rate, name, *key, cost=amount)


def _refusal(rate: RateLimitItem, name: str, *key: str) -> RateLimited:
    wait = max(1.0, _limiter().get_window_stats(rate, name, *key).reset_time - time.time())
    return RateLimited(
        _("Too many attempts: at most %(rate)s. Try again in %(wait)d seconds.") % {"rate": rate, "wait": wait},
        retry_after=wait,
    )
