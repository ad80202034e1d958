from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from watchparty.checks import heartbeat_fits, rate_limits_are_readable
from watchparty.errors import RateLimited
from watchparty.limits import ensure_left, spend


def test_it_counts_by_name_and_key(settings: Settings):
    settings.RATE_LIMIT_INVITE = "2/minute"
    spend("INVITE", "alice")
    spend("INVITE", "alice")
    spend("INVITE", "bob")
    with pytest.raises(RateLimited) as refused:
        spend("INVITE", "alice")
    assert 0 < refused.value.retry_after <= 60


def test_looking_does_not_count(settings: Settings):
    settings.RATE_LIMIT_TOKEN = "1/minute"
    for _ in range(5):
        ensure_left("TOKEN", "alice")
    spend("TOKEN", "alice")
    with pytest.raises(RateLimited):
        ensure_left("TOKEN", "alice")


def test_zero_lifts_it(settings: Settings):
    settings.RATE_LIMIT_INVITE = "0"
    for _ in range(1000):
        spend("INVITE", "alice")


def test_it_is_exact_under_concurrency(settings: Settings):
    """DRF's throttles let 25 of 40 pass a limit of 5."""
    settings.RATE_LIMIT_INVITE = "5/hour"

    def attempt(_: int) -> bool:
        try:
            spend("INVITE", "alice")
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(attempt, range(40))) == 5


def test_an_unreadable_rate_fails_the_check_with_a_hint(settings: Settings):
    settings.RATE_LIMIT_INVITE = "often"
    [problem] = rate_limits_are_readable(None)
    assert "RATE_LIMIT_INVITE" in problem.msg
    assert "10/minute" in str(problem.hint)


def test_a_heartbeat_that_cannot_be_kept_fails_the_check(settings: Settings):
    settings.SYNC_HEARTBEAT_TIMEOUT = settings.SYNC_HEARTBEAT_INTERVAL
    assert heartbeat_fits(None)
