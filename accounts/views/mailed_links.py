"""``auth/password/…`` and ``auth/email/verify/``."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import selectors, serializers, services, web_sessions
from accounts.addresses import client_address
from accounts.links import origin_of
from accounts.models import User
from accounts.views.signing_in import ForNobodyInParticular

DONE = {204: OpenApiResponse(description="Done.")}


class PasswordChange(APIView):
    @extend_schema(
        tags=["accounts"], operation_id="change_password", request=serializers.PasswordChangeSerializer, responses=DONE
    )
    def post(self, request: Request) -> Response:
        """A new password for me. Every other device is signed out."""
        assert isinstance(request.user, User)
        data = serializers.PasswordChangeSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        services.change_password(
            by=request.user,
            old=data.validated_data["old_password"],
            new=data.validated_data["new_password"],
            keep=selectors.sid_of(request),
            ip=client_address(request),
        )
        web_sessions.stay_signed_in(request._request, request.user)
        return Response(status=204)


class PasswordReset(ForNobodyInParticular):
    @extend_schema(
        tags=["accounts"],
        operation_id="request_password_reset",
        request=serializers.PasswordResetSerializer,
        responses={202: OpenApiResponse(description="If it is somebody's address, a link is on its way to it.")},
    )
    def post(self, request: Request) -> Response:
        """Mail a link for a new password to this address. The answer is the same whether anybody has it."""
        data = serializers.PasswordResetSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        services.request_password_reset(
            email=data.validated_data["email"], origin=origin_of(request), ip=client_address(request)
        )
        return Response(status=202)


class PasswordResetConfirm(ForNobodyInParticular):
    @extend_schema(
        tags=["accounts"],
        operation_id="reset_password",
        request=serializers.PasswordResetConfirmSerializer,
        responses=DONE,
    )
    def post(self, request: Request) -> Response:
        """Set a new password by the mailed link, which is good once. Every device is signed out."""
        data = serializers.PasswordResetConfirmSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        given = data.validated_data
        services.reset_password(uid=given["uid"], token=given["token"], new=given["new_password"])
        return Response(status=204)


class EmailVerify(ForNobodyInParticular):
    @extend_schema(
        tags=["accounts"], operation_id="verify_email", request=serializers.MailedLinkSerializer, responses=DONE
    )
    def post(self, request: Request) -> Response:
        """Prove an address by the link that was mailed to it, which is good once."""
        data = serializers.MailedLinkSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        services.verify_email(**data.validated_data)
        return Response(status=204)
