"""``users/me/``: my profile, its erasure, everything that is held about me."""

from django.contrib import auth
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import exports, serializers, services
from accounts.links import origin_of
from accounts.models import User


class Me(APIView):
    @extend_schema(tags=["accounts"], operation_id="my_profile", responses=serializers.AccountSerializer)
    def get(self, request: Request) -> Response:
        """My profile."""
        assert isinstance(request.user, User)
        return Response(serializers.AccountSerializer(request.user).data)

    @extend_schema(
        tags=["accounts"],
        operation_id="change_my_profile",
        request=serializers.ProfileSerializer(partial=True),
        responses=serializers.AccountSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Change my profile. A new address is to be verified anew."""
        assert isinstance(request.user, User)
        data = serializers.ProfileSerializer(data=request.data, partial=True)
        data.is_valid(raise_exception=True)
        user = services.update_profile(by=request.user, changes=data.validated_data, origin=origin_of(request))
        return Response(serializers.AccountSerializer(user).data)

    @extend_schema(
        tags=["accounts"], operation_id="erase_me", responses={204: OpenApiResponse(description="Nothing is left.")}
    )
    def delete(self, request: Request) -> Response:
        """Erase my account, my rooms and my movies. There is no way back."""
        assert isinstance(request.user, User)
        services.erase(by=request.user, user=request.user)
        auth.logout(request._request)
        return Response(status=204)


class Export(APIView):
    @extend_schema(tags=["accounts"], operation_id="export_me", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Everything that is held about me, each part of the product under its own key."""
        assert isinstance(request.user, User)
        name = f'attachment; filename="watchparty-{request.user.username}.json"'
        return Response(exports.everything_about(request.user, by=request.user), headers={"Content-Disposition": name})
