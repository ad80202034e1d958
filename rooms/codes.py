"""Room codes and invite tokens: made here, and nowhere guessed."""

import hashlib
import secrets

# Without 0/o, 1/i/l: a code is read out and typed.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS = (3, 4, 3)
# Rooms of the load generator and of the demo. No code that new_code makes begins like this: its first group has three
# letters.
BENCH_PREFIX = "bench-"
DEMO_PREFIX = "demo-"


def new_code() -> str:
    """A room's code like ``k7m-2xqf-9ra``: ten letters of 31, 49 bits."""
    return "-".join(_letters(length) for length in GROUPS)


def new_bench_code() -> str:
    return BENCH_PREFIX + _letters(10)


def new_demo_code() -> str:
    return DEMO_PREFIX + _letters(10)


def new_password() -> str:
    """For accounts that are seeded: typed once or twice, 59 bits."""
    return "-".join(_letters(4) for _ in range(3))


def _letters(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_token() -> str:
    """A secret for a link: 192 bits, URL-safe."""
    return secrets.token_urlsafe(24)


def fingerprint(token: str) -> str:
    """What is kept of a token: its SHA-256. Enough for secrets of full entropy, and fast to look up."""
    return hashlib.sha256(token.encode()).hexdigest()
