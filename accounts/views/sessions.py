"""``auth/sessions/``: my signed-in devices."""

from uuid import UUID

from django.contrib import auth
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import selectors, services
from accounts.models import Session, User
from accounts.serializers import DeviceSerializer


@extend_schema_view(get=extend_schema(tags=["accounts"], operation_id="list_sessions"))
class Sessions(ListAPIView[Session]):
    """The devices that I am signed in on, the latest used first."""

    serializer_class = DeviceSerializer
    queryset = Session.objects.none()

    def get_queryset(self) -> QuerySet[Session]:
        user = self.request.user
        assert isinstance(user, User)
        return selectors.sessions_of(user)


class OneSession(APIView):
    @extend_schema(
        tags=["accounts"],
        operation_id="end_session",
        responses={204: OpenApiResponse(description="Signed out; its access tokens and WebSockets end too.")},
    )
    def delete(self, request: Request, id: UUID) -> Response:
        """Sign one of my devices out."""
        assert isinstance(request.user, User)
        session = get_object_or_404(selectors.sessions_of(request.user), pk=id)
        services.end_session(by=request.user, session=session)
        if session.kind == Session.Kind.WEB and str(session.pk) == selectors.sid_of(request):
            # The browser's own: its cookie goes as well.
            auth.logout(request._request)
        return Response(status=204)
