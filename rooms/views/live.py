"""The running party by REST: a ticket for the socket, the state, commands, the chat's history."""

from typing import Any

from asgiref.sync import async_to_sync
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors import sid_of
from rooms import links, selectors, services, tickets
from rooms.paging import MessageWindow
from rooms.playlist import Playlist
from rooms.serializers.live import (
    CommandSerializer,
    MessagePageSerializer,
    MessageSerializer,
    NewMessageSerializer,
    SnapshotSerializer,
    TicketSerializer,
    TimelineSerializer,
)
from rooms.views.base import CODE, RoomView
from sync import rest
from watchparty import limits
from watchparty.errors import Invalid


@extend_schema(tags=["live"], parameters=[CODE])
class Ticket(RoomView):
    serializer_class = TicketSerializer

    @extend_schema(
        summary="A ticket for the WebSocket",
        description="Good once, for 30 seconds, for this room and user only. Signing out ends what it opened.",
        request=None,
        responses={201: TicketSerializer},
    )
    def post(self, request: Request, code: str) -> Response:
        room = self.entered().room
        limits.spend("TICKET", str(self.me.pk))
        ticket = tickets.issue(room_id=room.pk, user_id=self.me.pk, sid=sid_of(request))
        told = {"ticket": ticket, "url": f"{links.websocket(room.code)}?ticket={ticket}", "expires_in": tickets.SECONDS}
        return Response(told, status=status.HTTP_201_CREATED)


@extend_schema(tags=["live"], parameters=[CODE])
class State(RoomView):
    serializer_class = SnapshotSerializer

    @extend_schema(summary="The room now", description="The ``snapshot`` of the sync protocol.")
    def get(self, request: Request, code: str) -> Response:
        room = self.entered().room
        snapshot = async_to_sync(rest.snapshot)(selectors.settings_of(room), room.chat_seq, items=Playlist())
        return Response(snapshot)


@extend_schema(tags=["live"], parameters=[CODE])
class Commands(RoomView):
    serializer_class = CommandSerializer

    @extend_schema(
        summary="Play, pause, seek, change the rate, load",
        description="A command of the sync protocol without a socket: same rules, same effect. Answers the timeline, "
        "also when nothing changed.",
        responses=TimelineSerializer,
    )
    def post(self, request: Request, code: str) -> Response:
        who = self.entered()
        assert who.role is not None
        command: Any = request.data
        if not isinstance(command, dict):
            raise Invalid(_("A command is a JSON object with a type."), field="type")
        timeline = async_to_sync(rest.submit)(
            selectors.settings_of(who.room), str(self.me.pk), who.role, command, items=Playlist(), granted=who.granted
        )
        return Response(timeline)


@extend_schema(tags=["live"], parameters=[CODE])
class Messages(RoomView):
    serializer_class = MessageSerializer
    pagination_class = None

    @extend_schema(
        summary="The chat",
        description="The newest lines, or those after or before a line; always in the order of the chat.",
        parameters=[
            OpenApiParameter("before", int, description="Only lines with a lower chat_seq, the newest of them."),
            OpenApiParameter("after", int, description="Only lines with a higher chat_seq, the oldest of them."),
            OpenApiParameter("page_size", int, description="At most so many; 50 unless given, up to 200."),
        ],
        responses=MessagePageSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        window = MessageWindow.asked_by(request)
        lines = window.lines(selectors.messages(self.entered().room.pk))
        results = self.get_serializer(lines.shown, many=True).data
        path = request.path
        return Response({"next": window.newer(path, lines), "previous": window.older(path, lines), "results": results})

    @extend_schema(
        summary="Say something",
        description="A line of chat without a socket. Those in the room get it as any other; `by.id` is empty.",
        request=NewMessageSerializer,
        responses={201: MessageSerializer},
    )
    def post(self, request: Request, code: str) -> Response:
        room = self.entered().room
        asked = NewMessageSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        line = services.say(by=self.me, room=room, **asked.validated_data)
        said = selectors.messages(room.pk).get(chat_seq=line.chat_seq)
        return Response(self.get_serializer(said).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["live"], parameters=[CODE])
class OneMessage(RoomView):
    serializer_class = MessageSerializer

    @extend_schema(summary="Remove a line", description="Moderators and hosts.", responses={204: None})
    def delete(self, request: Request, code: str, chat_seq: int) -> Response:
        services.delete_message(by=self.me, room=self.moderated().room, chat_seq=chat_seq)
        return Response(status=status.HTTP_204_NO_CONTENT)
