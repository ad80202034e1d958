"""Sessions: what a client resumes with. Signed, bound to user and room, and good after a restart."""

import secrets

from django.core.signing import BadSignature, Signer


def new_participant_id() -> str:
    """A new id; it begins with a letter, so that nobody takes it for a number."""
    return "p" + secrets.token_hex(8)


def sign(participant: str, *, room: str, user: str) -> str:
    return _signer(room, user).sign(participant)


def participant_of(session: str, *, room: str, user: str) -> str | None:
    """The participant id in a session, None for a foreign or invalid one."""
    try:
        return _signer(room, user).unsign(session)
    except BadSignature:
        return None


def _signer(room: str, user: str) -> Signer:
    return Signer(salt=f"sync.session:{room}:{user}", sep=".")
