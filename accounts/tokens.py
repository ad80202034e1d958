"""Access tokens (signed, five minutes) and refresh tokens (random, kept hashed)."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import Session, User
from watchparty.errors import NotAuthenticated
from watchparty.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a credential speaks for, and by which signed-in device."""

    user: User
    sid: str


def mint_access(session: Session, *, lifetime: timedelta | None = None) -> str:
    """A signed access token for this device; ACCESS_TOKEN_SECONDS long unless told."""
    token = AccessToken()
    token.set_exp(lifetime=lifetime or timedelta(seconds=settings.ACCESS_TOKEN_SECONDS))
    token["user_id"] = str(session.user_id)
    token["sid"] = str(session.pk)
    token["ver"] = session.user.token_version
    return str(token)


def _user_with_session(*, user_id: UUID, sid: UUID, now: datetime) -> QuerySet[User]:
    return User.objects.filter(pk=user_id, sessions__in=Session.objects.live(now).filter(pk=sid))


_signed_in = Prepared(_user_with_session, user_id=UUID, sid=UUID, now=datetime)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a credential says of itself. ``version`` is the user's when it was made, None where it doesn't say."""

    user_id: UUID
    sid: UUID
    version: int | None = None


def verify_access(raw: str) -> Identity:
    """Who this access token speaks for, now: signed out, disabled or deleted counts at once, by REST and WebSocket
    alike. One query. Raises NotAuthenticated.
    """
    (identity,) = signed_in([claims_of(raw)])
    if identity is None:
        raise _refusal()
    return identity


def claims_of(raw: str) -> Claims:
    """What is written in an access token that was signed here and hasn't expired. Raises NotAuthenticated."""
    try:
        claims = AccessToken(raw)  # type: ignore[arg-type]  # the library wants its own Token, and takes text
        return Claims(UUID(claims["user_id"]), UUID(claims["sid"]), int(claims["ver"]))
    except (TokenError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
        # RecursionError: the header is parsed as JSON before the signature is looked at, however deeply it nests.
        raise _refusal() from None


def signed_in(claimed: Sequence[Claims]) -> list[Identity | None]:
    """Whom each speaks for now; None for who is signed out or disabled. One query."""
    now = timezone.now()
    users = _signed_in.each([{"user_id": one.user_id, "sid": one.sid, "now": now} for one in claimed])
    return [
        Identity(user=user, sid=str(one.sid))
        if user is not None and user.is_active and one.version in (None, user.token_version)
        else None
        for one, user in zip(claimed, users, strict=True)
    ]


def new_refresh() -> str:
    return secrets.token_urlsafe(32)


def hash_refresh(raw: str) -> str:
    """What is kept of a refresh token. It is random and long, so one plain round is enough."""
    return hashlib.sha256(raw.encode()).hexdigest()


def _refusal() -> NotAuthenticated:
    return NotAuthenticated(_("The access token is invalid, expired or signed out."), code="token_invalid")
