"""Signed-in devices: opening, rotating and ending them."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import selectors, signals
from accounts.models import USER_AGENT_MAX, RefreshToken, Session, User
from accounts.telling import tell
from accounts.tokens import hash_refresh, mint_access, new_refresh
from watchparty.errors import NotAuthenticated, NotFound

# How stale ``last_seen_at`` of a browser may be: not every request should write.
SEEN_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    refresh: str
    session: Session


def issue_tokens(
    *,
    user: User,
    kind: str = Session.Kind.API,
    user_agent: str = "",
    ip: str | None = None,
    lifetime: timedelta | None = None,
) -> Tokens:
    """Sign this person in on a new device. ``lifetime`` is the access token's, ACCESS_TOKEN_SECONDS unless told."""
    with transaction.atomic():
        session = _open(user=user, kind=kind, user_agent=user_agent, ip=ip)
        refresh = _add_link(session)
    return Tokens(access=mint_access(session, lifetime=lifetime), refresh=refresh, session=session)


def rotate(refresh: str, *, user_agent: str = "", ip: str | None = None) -> Tokens:
    """Exchange a refresh token for the next one of its family, and a new access token.

    1. One conditional UPDATE consumes the token: of many at once, one changes a row, the others none.
    2. Who changed none and yet knows the token brings it a second time: it was copied, and whose copy this is can't be
       told, so the whole family ends.
    3. The winner's device must still be signed in, its user active; the next link is added in the same transaction.

    Raises NotAuthenticated.
    """
    now, token_hash = timezone.now(), hash_refresh(refresh)
    with transaction.atomic():
        # No join in here: PostgreSQL would check a joined condition against the row as it was before the wait.
        won = RefreshToken.objects.filter(token_hash=token_hash, consumed_at=None).update(consumed_at=now)
        session = Session.objects.select_related("user").filter(refresh_tokens__token_hash=token_hash).first()
        if session and not won:
            _end([session], by=None, reason="reuse")
        if session and won and session.user.is_active and session.ended_at is None and session.expires_at > now:
            Session.objects.filter(pk=session.pk).update(last_seen_at=now, **_whence(user_agent, ip))
            signals.session_refreshed.send(sender=User, user=session.user, by=session.user, session=session)
            return Tokens(access=mint_access(session), refresh=_add_link(session), session=session)
    # Raised after the commit: the end of the family must not be rolled back with it.
    raise NotAuthenticated(_("The refresh token is invalid, expired, used or signed out."), code="token_invalid")


def log_out(refresh: str) -> None:
    """End the family that this refresh token belongs to, consumed or not. One that is unknown ends nothing."""
    with transaction.atomic():
        session = Session.objects.filter(refresh_tokens__token_hash=hash_refresh(refresh)).first()
        if session is not None:
            _end([session], by=session.user, reason="signed_out")


def open_web_session(*, user: User, store: SessionBase, user_agent: str = "", ip: str | None = None) -> Session:
    """Make a Django session that was just signed in a device of its user. Signing in anew keeps the device."""
    if not store.session_key:
        store.create()
    with transaction.atomic():
        sid = store.get(selectors.SID)
        known = Session.objects.live().filter(pk=sid, user=user).first() if sid else None
        if known is not None:
            keep_web_session(sid=str(known.pk), store=store)
            return known
        session = _open(user=user, kind=Session.Kind.WEB, user_agent=user_agent, ip=ip, session_key=store.session_key)
    store[selectors.SID] = str(session.pk)
    return session


def keep_web_session(*, sid: str, store: SessionBase) -> None:
    """Follow a Django session to its new key (Django changes it at each sign-in and change of password)."""
    Session.objects.filter(pk=sid).update(session_key=store.session_key, last_seen_at=timezone.now())


def seen(*, sid: str) -> None:
    """Note that this device was just used, to within SEEN_EVERY."""
    now = timezone.now()
    Session.objects.filter(pk=sid, last_seen_at__lt=now - SEEN_EVERY).update(last_seen_at=now)


def end_session(*, by: User, session: Session) -> None:
    """Sign one's own device out: its tokens, its Django session and its open sockets end. Staff may end any.

    Raises NotFound.
    """
    if session.user_id != by.pk and not by.has_perm("accounts.change_session"):
        raise NotFound(_("You have no such signed-in device."))
    with transaction.atomic():
        _end([session], by=by, reason="signed_out")


def end_all_sessions(*, user: User, but: str | None = None, by: User | None = None, reason: str = "signed_out") -> None:
    """Sign this person out on every device, but perhaps the one with the sid ``but``."""
    with transaction.atomic():
        doomed = Session.objects.live().filter(user=user)
        _end(list(doomed.exclude(pk=but) if but else doomed), by=by, reason=reason)
        if but is None:
            User.objects.filter(pk=user.pk).update(token_version=F("token_version") + 1)


def end_app_sessions(*, user: User) -> None:
    """Sign this person out of all apps, after somebody gave them a new password. Their browsers Django signs out."""
    with transaction.atomic():
        apps = Session.objects.live().filter(user=user, kind=Session.Kind.API)
        _end(list(apps), by=None, reason="password")


def _open(*, user: User, kind: str, user_agent: str, ip: str | None, session_key: str | None = None) -> Session:
    now = timezone.now()
    # First of all: it holds the user's row, so that nobody is signed in to an account that goes away meanwhile.
    if not User.objects.filter(pk=user.pk, is_active=True).update(last_login=now):
        raise NotAuthenticated(_("This account is not active."), code="inactive")
    session = Session.objects.create(
        user=user,
        kind=kind,
        session_key=session_key,
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(days=settings.REFRESH_TOKEN_DAYS),
        **_whence(user_agent, ip),
    )
    signals.user_signed_in.send(sender=User, user=user, by=user, session=session)
    return session


def _add_link(session: Session) -> str:
    refresh = new_refresh()
    RefreshToken.objects.create(session=session, token_hash=hash_refresh(refresh))
    return refresh


def _whence(user_agent: str, ip: str | None) -> dict[str, str | None]:
    return {"user_agent": user_agent[:USER_AGENT_MAX].replace("\0", ""), "ip": ip or None}


def _end(sessions: list[Session], *, by: User | None, reason: str) -> None:
    """End those that are live still. Who sets ``ended_at`` reports it, so that each end is told once."""
    for session in sessions:
        if not Session.objects.filter(pk=session.pk, ended_at=None).update(ended_at=timezone.now()):
            continue
        if session.session_key:
            selectors.web_session_store(session.session_key).delete()
        signals.session_closed.send(sender=User, user=session.user, by=by, session=session, reason=reason)
        tell(signals.session_ended, sid=str(session.pk))
