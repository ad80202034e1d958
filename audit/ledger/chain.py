"""The chain that both ledgers keep: each entry has a number and the hash of the entry before, the head is signed.

The signature is an HMAC with a key from SECRET_KEY, which isn't in the database: who can write there can't make one.
"""

import hmac
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.utils.encoding import force_bytes

GENESIS = "0" * 64
_SALT = b"audit.ledger.head"


def preimage(tx: int, previous: str, payload: bytes) -> bytes:
    """What an entry's hash is taken of: its number, the hash before it and the payload, a line each."""
    return f"{tx}\n{previous}\n".encode() + payload


def link(tx: int, previous: str, payload: bytes) -> str:
    """The hash of an entry."""
    return sha256(preimage(tx, previous, payload)).hexdigest()


def opened(text: bytes) -> tuple[int, str, bytes]:
    """Number, previous hash and payload out of a preimage. Raises ValueError."""
    number, previous, payload = text.split(b"\n", 2)
    return int(number), previous.decode("ascii"), payload


def sign(*said: int | str) -> str:
    return _signature(said, settings.SECRET_KEY)


def signature_is_ours(signature: str, *said: int | str) -> bool:
    """Under the present key, or an earlier one that is still trusted: SECRET_KEY can be changed."""
    keys, given = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS], signature.encode()
    return any(hmac.compare_digest(_signature(said, key).encode(), given) for key in keys)


def _signature(said: tuple[int | str, ...], secret: str | bytes) -> str:
    """HMAC-SHA256 (RFC 2104), hexadecimal."""
    signature = _keyed(secret).copy()
    signature.update(":".join(map(str, said)).encode())
    return signature.hexdigest()


@lru_cache(maxsize=8)
def _keyed(secret: str | bytes) -> hmac.HMAC:
    """To be copied. The key is derived as Django's `salted_hmac` does, which would do so anew for each of the thousand
    seals of a batch."""
    return hmac.new(sha256(_SALT + force_bytes(secret)).digest(), digestmod="sha256")
