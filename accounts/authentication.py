"""How REST requests say who they are: a bearer token, or the web session."""

from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts import selectors, services
from accounts.models import User
from accounts.tokens import Identity, verify_access
from watchparty.errors import NotAuthenticated


class BearerAuthentication(BaseAuthentication):
    """``Authorization: Bearer ACCESS``. ``request.auth`` is the Identity."""

    def authenticate(self, request: Request) -> tuple[User, Identity] | None:
        scheme, _, raw = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            identity = verify_access(raw.strip().decode("latin-1"))
        except NotAuthenticated as error:
            # DRF's own exception: the browsable pages render an error for nobody only after one of these.
            raise exceptions.AuthenticationFailed(error.detail, error.code) from None
        return identity.user, identity

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class WebSessionAuthentication(SessionAuthentication):
    """The browser's Django session, with CSRF, as long as its device is signed in. ``request.auth`` is the Identity."""

    def authenticate(self, request: Request) -> tuple[User, Identity] | None:
        if super().authenticate(request) is None:
            return None
        identity = selectors.web_identity(request._request)
        if identity is None:
            return None
        services.seen(sid=identity.sid)
        return identity.user, identity


# How the OpenAPI document names them.


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its __init_subclass__
    target_class = "accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class WebSessionScheme(SessionScheme):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.WebSessionAuthentication"
    name = "webSession"
