"""``rooms/{code}/members/`` and ``rooms/{code}/bans/``."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.models import User
from rooms import selectors, services
from rooms.models import Ban, Membership
from rooms.serializers.people import (
    BanSerializer,
    HostSerializer,
    MemberChangeSerializer,
    MemberSerializer,
    NewBanSerializer,
    WishSerializer,
)
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
    serializer_class = MemberChangeSerializer

    @extend_schema(
        summary="Change a role, mute, let control",
        description="Hosts change the roles below theirs; only the owner makes hosts, and nobody demotes the owner. "
        "Moderators mute whose role is below theirs. Who may control the room by their role lets others do so.",
        responses=MemberSerializer,
    )
    def patch(self, request: Request, code: str, user_id: UUID) -> Response:
        room = self.moderated().room
        user, wanted = selectors.member(room, user_id).user, self.checked()
        with transaction.atomic():
            if "role" in wanted:
                services.change_role(by=self.me, room=room, user=user, role=wanted["role"])
            if "muted" in wanted:
                services.mute(by=self.me, room=room, user=user, muted=wanted["muted"])
            if "may_control" in wanted:
                services.grant_control(by=self.me, room=room, user=user, granted=wanted["may_control"])
        return Response(MemberSerializer(selectors.member(room, user_id)).data)

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
class Host(RoomView):
    serializer_class = HostSerializer

    @extend_schema(
        summary="Hand the host's role over",
        description="To a member, who becomes host; I become a moderator. The owner takes it back by their own id.",
        responses=MemberSerializer,
    )
    def post(self, request: Request, code: str) -> Response:
        room = self.entered().room
        user = selectors.member(room, self.checked()["user"]).user
        return Response(MemberSerializer(services.hand_over(by=self.me, room=room, user=user)).data)


@extend_schema(tags=["members"], parameters=[CODE])
class Wishes(RoomView):
    serializer_class = WishSerializer
    queryset = Membership.objects.none()

    @extend_schema(summary="Who asks to control the room", responses=WishSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        page = self.paginate_queryset(selectors.wishes(self.moderated().room))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Ask to control the room",
        description="Those who may grant it are told on their sockets. 409 for who may already. It is granted by "
        "`PATCH members/{user_id}/` `{may_control: true}`.",
        request=None,
        responses={201: WishSerializer},
    )
    def post(self, request: Request, code: str) -> Response:
        seat = services.ask_for_control(by=self.me, room=self.entered().room)
        return Response(self.get_serializer(seat).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["members"], parameters=[CODE])
class OneWish(RoomView):
    serializer_class = WishSerializer

    @extend_schema(
        summary="Decline it, or withdraw one's own",
        description="Also takes away what had been granted.",
        responses={204: None},
    )
    def delete(self, request: Request, code: str, user_id: UUID) -> Response:
        room = self.entered().room
        user = selectors.member(room, user_id).user
        services.grant_control(by=self.me, room=room, user=user, granted=False)
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
