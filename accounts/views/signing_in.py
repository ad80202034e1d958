"""``auth/register/``, ``auth/token/``, ``auth/token/refresh/``, ``auth/logout/``."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import serializers, services
from accounts.addresses import client_address
from accounts.links import origin_of


class ForNobodyInParticular(APIView):
    """The body says all; a token that has run out must not stand in the way of the next one."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class Register(ForNobodyInParticular):
    @extend_schema(
        tags=["accounts"],
        operation_id="register",
        request=serializers.RegisterSerializer,
        responses={201: serializers.SignedInSerializer},
    )
    def post(self, request: Request) -> Response:
        """A new account, signed in. A mail to verify the address is on its way."""
        data = serializers.RegisterSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        user = services.register(**data.validated_data, origin=origin_of(request), ip=client_address(request))
        tokens = services.issue_tokens(user=user, **device_of(request))
        body = {"user": user, "access": tokens.access, "refresh": tokens.refresh}
        return Response(serializers.SignedInSerializer(body).data, status=201)


class Token(ForNobodyInParticular):
    @extend_schema(
        tags=["accounts"],
        operation_id="sign_in",
        request=serializers.CredentialsSerializer,
        responses=serializers.TokensSerializer,
    )
    def post(self, request: Request) -> Response:
        """Sign in by user name or mail address. Failures are limited per account and per address."""
        data = serializers.CredentialsSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        device = device_of(request)
        user = services.sign_in(**data.validated_data, **device)
        tokens = services.issue_tokens(user=user, **device)
        return Response({"access": tokens.access, "refresh": tokens.refresh})


class TokenRefresh(ForNobodyInParticular):
    @extend_schema(
        tags=["accounts"],
        operation_id="refresh_tokens",
        request=serializers.RefreshSerializer,
        responses=serializers.TokensSerializer,
    )
    def post(self, request: Request) -> Response:
        """The next pair of tokens. A refresh token that comes a second time signs its device out."""
        data = serializers.RefreshSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        tokens = services.rotate(data.validated_data["refresh"], **device_of(request))
        return Response({"access": tokens.access, "refresh": tokens.refresh})


class Logout(ForNobodyInParticular):
    @extend_schema(
        tags=["accounts"],
        operation_id="sign_out",
        request=serializers.RefreshSerializer,
        responses={204: OpenApiResponse(description="That device is signed out, or was before.")},
    )
    def post(self, request: Request) -> Response:
        """Sign the device out that this refresh token belongs to; its access tokens and sockets end with it."""
        data = serializers.RefreshSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        services.log_out(data.validated_data["refresh"])
        return Response(status=204)


def device_of(request: Request) -> dict[str, Any]:
    """What a signed-in device is recognised by in the list."""
    return {"user_agent": request.META.get("HTTP_USER_AGENT", ""), "ip": client_address(request)}
