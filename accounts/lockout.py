"""RATE_LIMIT_TOKEN: how many wrong passwords an account, and an address, may bring.

Only failures count, and a password takes a while to check. So an attempt holds a place while it is checked, and one
that might be the one too many waits until it is known how those before it end: forty guesses at once get no further
than forty in a row, and forty people signing in at once are not refused. Places are held in this process; the counts
are wherever ``watchparty.limits`` keeps them.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from watchparty import limits
from watchparty.errors import DomainError

LIMIT = "TOKEN"
Key = tuple[str, ...]

_checked = threading.Condition()
_held: Counter[Key] = Counter()


@contextmanager
def counted_failures(*keys: Key) -> Iterator[None]:
    """Around one check of a password: a DomainError out of it counts as a failure for every key.

    Raises RateLimited before, when any of the keys has no failure left.
    """
    with _checked:
        while not _take_places(keys):
            _checked.wait()
    try:
        yield
    except DomainError:
        for key in keys:
            limits.spend(LIMIT, *key)
        raise
    finally:
        with _checked:
            for key in keys:
                _held[key] -= 1
                if not _held[key]:
                    del _held[key]
            _checked.notify_all()


def _take_places(keys: tuple[Key, ...]) -> bool:
    """Whether each key has a failure left for this attempt, should all those under way fail too."""
    for key in keys:
        limits.ensure_left(LIMIT, *key)
    if not all(limits.has_left(LIMIT, *key, amount=_held[key] + 1) for key in keys):
        return False
    _held.update(keys)
    return True
