"""Access tokens (signed, five minutes) and refresh tokens (random, kept hashed)."""

import hashlib
import secrets
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


def verify_access(raw: str) -> Identity:
    """Who this access token speaks for, now: signed out, disabled or deleted counts at once, by REST and WebSocket
    alike. One query. Raises NotAuthenticated.
    """
    try:
        claims = AccessToken(raw)  # type: ignore[arg-type]  # the library wants its own Token, and takes text
        sid, user_id, version = UUID(claims["sid"]), UUID(claims["user_id"]), claims["ver"]
    except (TokenError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
        # RecursionError: the header is parsed as JSON before the signature is looked at, however deeply it nests.
        raise _refusal() from None
    user = _signed_in.first(user_id=user_id, sid=sid, now=timezone.now())
    if user is None or not user.is_active or user.token_version != version:
        raise _refusal()
    return Identity(user=user, sid=str(sid))


def new_refresh() -> str:
    return secrets.token_urlsafe(32)


def hash_refresh(raw: str) -> str:
    """What is kept of a refresh token. It is random and long, so one plain round is enough."""
    return hashlib.sha256(raw.encode()).hexdigest()


def _refusal() -> NotAuthenticated:
    return NotAuthenticated(_("The access token is invalid, expired or signed out."), code="token_invalid")
