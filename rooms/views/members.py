"""``rooms/{code}/members/`` and ``rooms/{code}/bans/``."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.models import User
from rooms import selectors, services
from rooms.models import Ban, Membership
from rooms.serializers.people import BanSerializer, MemberSerializer, NewBanSerializer, RoleSerializer
from rooms.views.base import CODE, RoomView
from watchparty.errors import NotFound


@extend_schema(tags=["members"], parameters=[CODE])
class Members(RoomView):
    serializer_class = MemberSerializer
    queryset = Membership.objects.none()

    @extend_schema(summary="Who is a member", responses=MemberSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        page = self.paginate_queryset(selectors.members(self.entered().room))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


@extend_schema(tags=["members"], parameters=[CODE])
class OneMember(RoomView):
    serializer_class = RoleSerializer

    @extend_schema(
        summary="Change a role",
        description="Hosts change the roles below theirs; only the owner makes hosts, and nobody demotes the owner.",
        responses=MemberSerializer,
    )
    def patch(self, request: Request, code: str, user_id: UUID) -> Response:
        who = self.entered()
        who.require_host()
        user = selectors.member(who.room, user_id).user
        seat = services.change_role(by=self.me, room=who.room, user=user, role=self.checked()["role"])
        return Response(MemberSerializer(seat).data)

    @extend_schema(
        summary="Kick somebody",
        description="Moderators kick members and guests, hosts moderators too. Who is kicked may come back.",
        responses={204: None},
    )
    def delete(self, request: Request, code: str, user_id: UUID) -> Response:
        who = self.moderated()
        services.kick(by=self.me, room=who.room, user=selectors.member(who.room, user_id).user)
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["members"], parameters=[CODE])
class Bans(RoomView):
    queryset = Ban.objects.none()

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewBanSerializer if self.request.method == "POST" else BanSerializer

    @extend_schema(summary="Who is banned", responses=BanSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        page = self.paginate_queryset(selectors.bans(self.moderated().room))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Ban somebody",
        description="Whether they are in the room or not. Only those whose role is below mine.",
        responses={201: BanSerializer},
    )
    def post(self, request: Request, code: str) -> Response:
        room = self.moderated().room
        user = _somebody(self.checked()["user"], field="user")
        ban = services.ban(by=self.me, room=room, user=user)
        return Response(BanSerializer(ban).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["members"], parameters=[CODE])
class OneBan(RoomView):
    serializer_class = BanSerializer

    @extend_schema(summary="Lift a ban", responses={204: None})
    def delete(self, request: Request, code: str, user_id: UUID) -> Response:
        room = self.moderated().room
        services.unban(by=self.me, room=room, user=_somebody(user_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _somebody(user_id: UUID, *, field: str | None = None) -> User:
    found = User.objects.filter(pk=user_id).first()
    if found is None:
        raise NotFound(_("There is nobody with that id."), field=field)
    return found
