"""What one connection may send: its rates, and how it is told what was refused. Who goes on is closed."""

from sync import protocol
from sync.limits import Limits
from sync.protocol import BadMessage
from sync.ratelimit import TokenBucket, Window
from sync.sockets import Connection
from watchparty.errors import DomainError, RateLimited

CODES: dict[str, str] = {
    "forbidden": "forbidden",
    "not_authenticated": "forbidden",
    "rate_limited": "rate_limited",
    "not_found": "not_found",
    "conflict": "conflict",
    "unavailable": "unavailable",
    "out_of_space": "unavailable",
}


class Refusals:
    """The rates of one connection. Instants are monotonic seconds."""

    def __init__(self, connection: Connection, limits: Limits, now: float) -> None:
        self._connection = connection
        self.messages = TokenBucket(limits.messages_per_second, limits.message_burst, now)
        self.reports = TokenBucket(limits.reports_per_second, limits.report_burst, now)
        """For `clock` and `status`."""
        self._refused = Window(limits.refused_in_window, limits.refused_window)
        self._rubbish = Window(limits.rubbish_in_window, limits.rubbish_window)

    def allows(self, bucket: TokenBucket, now: float, id: str | None) -> bool:
        """Whether a message may be taken; otherwise the client has been told when it may send the next."""
        if bucket.take(now):
            return True
        detail = f"More than {bucket.rate:g} messages a second; wait a little."
        self._connection.send(protocol.error("rate_limited", detail, id=id, retry_after=round(bucket.wait(now), 3)))
        self.count(now)
        return False

    def count(self, now: float) -> None:
        """One more that was over the rate; too many are a flood."""
        if self._refused.add(now):
            self._connection.close(4429, "flooding")

    def bad(self, bad: BadMessage, now: float) -> None:
        if bad.rubbish and self._rubbish.add(now):
            self._connection.close(4400, "bad_message")
            return
        self._connection.send(protocol.error("bad_message", bad.detail, id=bad.id))

    def domain(self, refusal: DomainError, id: str | None) -> None:
        """What the rules of the room, or of another app, refused."""
        after = refusal.retry_after if isinstance(refusal, RateLimited) else None
        code = CODES.get(refusal.default_code, "bad_message")
        self._connection.send(protocol.error(code, refusal.detail, id=id, retry_after=after))
