"""Token buckets, and the window that tells a flood from a burst. Instants are seconds of any one clock."""

from collections import deque


class TokenBucket:
    """`rate` tokens a second, at most `burst` saved up. A rate of 0 means no limit."""

    __slots__ = ("burst", "rate", "tokens", "updated")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self.tokens = burst
        self.updated = now

    def take(self, now: float) -> bool:
        """Take one token, if there is one."""
        if not self.rate:
            return True
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.updated) * self.rate)
        self.updated = max(now, self.updated)
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True

    def wait(self, now: float) -> float:
        """Seconds from `now` until the next token is there."""
        if not self.rate:
            return 0.0
        saved = self.tokens + max(0.0, now - self.updated) * self.rate
        return max(0.0, (1.0 - saved) / self.rate)


class Window:
    """Counts events of the last `seconds`; `add` tells whether there were `limit` of them."""

    __slots__ = ("limit", "seconds", "times")

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self.times: deque[float] = deque(maxlen=limit)

    def add(self, now: float) -> bool:
        self.times.append(now)
        return len(self.times) == self.limit and now - self.times[0] <= self.seconds
