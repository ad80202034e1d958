"""``?token=`` on the endpoints that players fetch."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import User
from movies import tokens
from watchparty.errors import NotAuthenticated


class StreamTokenAuthentication(BaseAuthentication):
    """Looked at before header and cookie: who was given a link means it."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        raw = request.query_params.get("token")
        if raw is None:
            return None
        movie_id = request.parser_context["kwargs"]["movie_id"]
        try:
            return tokens.verify(raw, movie_id=movie_id), None
        except NotAuthenticated as error:
            raise AuthenticationFailed(error.detail, error.code) from None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class StreamTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "movies.authentication.StreamTokenAuthentication"
    name = "streamToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "query", "name": "token"}
