"""What is personal in an entry: encrypted under a key of the person that it is about, their subject.

The ledger holds the box alone, inside of what is hashed. The key lies in the database, wrapped by one that comes from
SECRET_KEY, and goes with the account: nobody can read the box then, and every proof holds as before.

AES-256-GCM (NIST SP 800-38D), a random nonce of 96 bits for each box. The event's id is authenticated with it, so that
a box moved to another entry does not open; a wrapped key in the same way belongs to one user.
"""

import json
import logging
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from time import monotonic
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts.models import User
from audit.events import canonical
from audit.models import OutboxEvent, PersonalKey
from audit.rows import wrapped_key

_NONCE_BYTES = 12
_KEY_BITS = 256
_SALT = "audit.personal.wrap"
KNOWN_SECONDS, MOST_KNOWN = 30.0, 1000
"""How long a process need not ask for a key again, and of how many people."""
_known: dict[UUID, tuple[float, AESGCM]] = {}
"""Until when, on the monotonic clock, and their key: one that is committed, or its box might never open."""
logger = logging.getLogger(__name__)


class State(StrEnum):
    READABLE = "readable"
    # The account is gone, and its key with it.
    ERASED = "erased"
    # The key is there no more though its user is, or opens nothing: somebody changed one of them, or SECRET_KEY.
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Personal:
    """What could be read of an entry's box."""

    state: State
    fields: Mapping[str, str] = field(default_factory=dict)


def box(event: UUID, user: UUID, fields: Mapping[str, str]) -> str:
    """The fields under this user's key, which is made when there is none. Call it in a transaction.

    "" where there is no such user any more, for nobody could erase that, or where their key can't be opened.
    """
    try:
        key = _key_for(user)
    except (InvalidTag, ValueError):
        # People must be able to sign in all the same, and the key may be good again with a former SECRET_KEY.
        logger.error("The audit key of user %s can't be opened: is a former key missing in SECRET_KEY_FALLBACKS?", user)
        return ""
    if key is None:
        return ""
    return _encrypt(key, canonical(fields), event.bytes)


def read(events: Iterable[OutboxEvent]) -> dict[UUID, Personal]:
    """By event, for those that hold something personal. Two queries, however many events."""
    boxed = {event: _subject(event) for event in events if event.personal}
    subjects = {user for user in boxed.values() if user}
    wrapped = dict(PersonalKey.objects.filter(user__in=subjects).values_list("user", "wrapped"))
    alive = set(User.objects.filter(pk__in=subjects).values_list("pk", flat=True))
    found = {}
    for event, user in boxed.items():
        if user in wrapped:
            found[event.event] = _read(event, user, wrapped[user])
        else:
            found[event.event] = Personal(State.UNREADABLE if user is None or user in alive else State.ERASED)
    return found


def destroy_key(user: UUID) -> bool:
    """For good: no event brings it back. Whether there was one."""
    _known.pop(user, None)
    destroyed, _each = PersonalKey.objects.filter(user=user).delete()
    return bool(destroyed)


def rewrapped(wrapped: str, user: UUID) -> str | None:
    """The key under the present SECRET_KEY; None where it is already. Raises InvalidTag, ValueError like `_unwrap`."""
    try:
        _decrypt(_wrapping(settings.SECRET_KEY), wrapped, user.bytes)
    except InvalidTag:
        return _wrap(_unwrap(wrapped, user), user)
    return None


def _subject(event: OutboxEvent) -> UUID | None:
    """None for what only somebody who edited the row can have put there."""
    try:
        return UUID(event.subject)
    except ValueError:
        return None


def _read(event: OutboxEvent, user: UUID, wrapped: str) -> Personal:
    try:
        fields = json.loads(_decrypt(_unwrap(wrapped, user), event.personal, event.event.bytes))
    except (InvalidTag, ValueError):
        return Personal(State.UNREADABLE)
    return Personal(State.READABLE, fields)


def _key_for(user: UUID) -> AESGCM | None:
    """None where there is no such user. Raises InvalidTag, ValueError for a key that no SECRET_KEY opens."""
    if known := _known_key(user):
        return known
    wrapped = wrapped_key(user)
    if wrapped is None:
        # Their row is held until the commit, so that they don't go away meanwhile, nor get a second key.
        if not User.objects.select_for_update().filter(pk=user).exists():
            return None
        fresh = _wrap(AESGCM.generate_key(_KEY_BITS), user)
        kept, _new = PersonalKey.objects.get_or_create(user_id=user, defaults={"wrapped": fresh})
        wrapped = kept.wrapped
    key = AESGCM(_unwrap(wrapped, user))
    transaction.on_commit(partial(_know, user, key), robust=True)
    return key


def _known_key(user: UUID) -> AESGCM | None:
    until, key = _known.get(user, (0.0, None))
    return key if monotonic() < until else None


def _know(user: UUID, key: AESGCM) -> None:
    """Not for longer by being asked for: an erasure in another process ends it everywhere within that time."""
    if _known_key(user) is None:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[user] = (monotonic() + KNOWN_SECONDS, key)


def _wrap(key: bytes, user: UUID) -> str:
    return _encrypt(AESGCM(_wrapping(settings.SECRET_KEY)), key, user.bytes)


def _unwrap(wrapped: str, user: UUID) -> bytes:
    """By the present SECRET_KEY or a former one. Raises InvalidTag, ValueError."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _decrypt(_wrapping(secret), wrapped, user.bytes)
        except InvalidTag:
            continue
    raise InvalidTag


def _wrapping(secret: str | bytes) -> bytes:
    return salted_hmac(_SALT, "", secret=secret, algorithm="sha256").digest()


def _encrypt(key: AESGCM, plain: bytes, about: bytes) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    return b64encode(nonce + key.encrypt(nonce, plain, about)).decode()


def _decrypt(key: bytes, text: str, about: bytes) -> bytes:
    """Raises InvalidTag, ValueError for what is no box."""
    sealed = b64decode(text, validate=True)
    return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
