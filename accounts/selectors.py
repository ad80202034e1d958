"""Reads."""

from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils.http import urlsafe_base64_decode
from rest_framework.request import Request

from accounts.models import Session, User
from accounts.tokens import Identity

# Where a Django session keeps the id of its device.
SID = "sid"
SESSION_KEY_MAX = 40


def user_by_login(login: str) -> User | None:
    """Whose user name or mail address this is, whatever its case. A name never has an @, an address always."""
    field = "email" if "@" in login else "username"
    return User.objects.alias(lowered=Lower(field)).filter(lowered=login.lower()).first()


def user_by_email(address: str) -> User | None:
    return user_by_login(address) if "@" in address else None


def user_by_uid(uid: str) -> User | None:
    """The user whom the ``uid`` of a mailed link names."""
    try:
        pk = UUID(urlsafe_base64_decode(uid).decode())
    except ValueError:
        return None
    return User.objects.filter(pk=pk).first()


def sessions_of(user: User) -> QuerySet[Session]:
    """The devices that this person is signed in on, the latest used first."""
    return Session.objects.live().filter(user=user)


def sid_of(request: Request | HttpRequest) -> str | None:
    """The signed-in device that a request came from, whether by token or by web session; None for neither."""
    if isinstance(request, Request):
        if isinstance(request.auth, Identity):
            return request.auth.sid
        request = request._request
    if not hasattr(request, "session"):
        return None
    sid = request.session.get(SID)
    return sid if isinstance(sid, str) else None


def web_identity(request: HttpRequest) -> Identity | None:
    """Who a request's web session speaks for; None when it is nobody, or its device was signed out."""
    user, sid = getattr(request, "user", None) or auth.get_user(request), sid_of(request)
    if not isinstance(user, User) or sid is None:
        return None
    alive = Session.objects.live().filter(pk=sid, user=user, kind=Session.Kind.WEB).exists()
    return Identity(user=user, sid=sid) if alive else None


def live_web_session(session_key: str | None) -> Identity | None:
    """The same for a bare session cookie, as a WebSocket handshake brings it."""
    if not session_key or not session_key.isalnum() or len(session_key) > SESSION_KEY_MAX:
        return None
    request = HttpRequest()
    request.session = web_session_store(session_key)
    return web_identity(request)


def web_session_store(session_key: str | None = None) -> SessionBase:
    """The Django session under this key, in whichever engine is configured."""
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    return store
