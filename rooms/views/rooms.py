"""``rooms/``, ``rooms/{code}/``, joining and leaving."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from rooms import selectors, services
from rooms.models import Room
from rooms.serializers.room import JoinSerializer, NewRoomSerializer, RoomSerializer, TemplateSerializer
from rooms.templates import TEMPLATES
from rooms.views.base import CODE, RoomView, SignedInView


@extend_schema(tags=["rooms"])
class Rooms(SignedInView):
    serializer_class = RoomSerializer
    queryset = Room.objects.none()

    @extend_schema(summary="My rooms and the public ones", responses=RoomSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(selectors.listed_for(self.me))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewRoomSerializer if self.request.method == "POST" else RoomSerializer

    @extend_schema(summary="Make a room", responses={201: RoomSerializer})
    def post(self, request: Request) -> Response:
        room = services.create_room(by=self.me, **self.checked())
        made = selectors.seen_by(self.me, room.code).room
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["rooms"])
class Templates(SignedInView):
    serializer_class = TemplateSerializer
    pagination_class = None

    @extend_schema(summary="Kinds of rooms to begin with", responses=TemplateSerializer(many=True))
    def get(self, request: Request) -> Response:
        shown = [
            {"id": id, "name": one.name, "description": one.description, "settings": one.settings}
            for id, one in TEMPLATES.items()
        ]
        return Response({"next": None, "previous": None, "results": self.get_serializer(shown, many=True).data})


@extend_schema(tags=["rooms"], parameters=[CODE])
class OneRoom(RoomView):
    serializer_class = RoomSerializer

    @extend_schema(summary="A room", description="A private room is 404 to who isn't in it.")
    def get(self, request: Request, code: str) -> Response:
        return Response(self.get_serializer(self.seen().room).data)

    @extend_schema(summary="Change a room", description="Hosts only. What isn't given stays.")
    def patch(self, request: Request, code: str) -> Response:
        who = self.seen()
        who.require_host()
        services.change_room(by=self.me, room=who.room, **self.checked(partial=True))
        return Response(self.get_serializer(self.seen().room).data)

    @extend_schema(summary="Close a room for good", description="Its owner only.", responses={204: None})
    def delete(self, request: Request, code: str) -> Response:
        services.close_room(by=self.me, room=self.seen().room)
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["rooms"], parameters=[CODE])
class Join(RoomView):
    serializer_class = JoinSerializer

    @extend_schema(
        summary="Become a member",
        description="Of a public or unlisted room. 403 for who is banned or has a wrong password; 409 when it is full.",
        responses=RoomSerializer,
    )
    def post(self, request: Request, code: str) -> Response:
        room = self.seen().room
        services.join(by=self.me, room=room, password=self.checked().get("password", ""))
        return Response(room_as_seen(self, room))


@extend_schema(tags=["rooms"], parameters=[CODE])
class Leave(RoomView):
    serializer_class = JoinSerializer

    @extend_schema(summary="Stop being a member", request=None, responses={204: None})
    def post(self, request: Request, code: str) -> Response:
        services.leave(by=self.me, room=self.seen().room)
        return Response(status=status.HTTP_204_NO_CONTENT)


def room_as_seen(view: SignedInView, room: Room) -> dict[str, Any]:
    """The room as it looks to who asks, now."""
    seen = selectors.seen_by(view.me, room.code).room
    return dict(RoomSerializer(seen, context=view.get_serializer_context()).data)
