"""``rooms/{code}/queue/``."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from movies.selectors import get_visible
from rooms import selectors, services
from rooms.models import QueueEntry, Watched
from rooms.serializers.live import TimelineSerializer
from rooms.serializers.queue import (
    MoveSerializer,
    NewEntrySerializer,
    NextSerializer,
    QueueEntrySerializer,
    SkipSerializer,
    WatchedSerializer,
)
from rooms.views.base import CODE, RoomView
from watchparty.errors import NotFound


@extend_schema(tags=["queue"], parameters=[CODE])
class Queue(RoomView):
    queryset = QueueEntry.objects.none()

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewEntrySerializer if self.request.method == "POST" else QueueEntrySerializer

    @extend_schema(summary="What the room will watch", responses=QueueEntrySerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        page = self.paginate_queryset(selectors.queue(self.entered().room))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Queue a movie",
        description="At the end. Only its owner may; the room's members may then watch it.",
        responses={201: QueueEntrySerializer},
    )
    def post(self, request: Request, code: str) -> Response:
        room = self.entered().room
        try:
            movie = get_visible(user=self.me, movie_id=self.checked()["movie"])
        except NotFound as error:
            raise NotFound(error.detail, field="movie") from None
        entry = services.add_to_queue(by=self.me, room=room, movie=movie)
        shown = QueueEntrySerializer(entry, context=self.get_serializer_context())
        return Response(shown.data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["queue"], parameters=[CODE])
class OneEntry(RoomView):
    serializer_class = MoveSerializer

    @extend_schema(
        summary="Move a movie in the queue",
        description="Who controls the room may.",
        responses=QueueEntrySerializer,
    )
    def patch(self, request: Request, code: str, entry_id: UUID) -> Response:
        entry = selectors.queue_entry(self.entered().room, entry_id)
        moved = services.move_in_queue(by=self.me, entry=entry, position=self.checked()["position"])
        return Response(QueueEntrySerializer(moved, context=self.get_serializer_context()).data)

    @extend_schema(
        summary="Take a movie out of the queue",
        description="Who controls the room may, and who added it.",
        responses={204: None},
    )
    def delete(self, request: Request, code: str, entry_id: UUID) -> Response:
        services.remove_from_queue(by=self.me, entry=selectors.queue_entry(self.entered().room, entry_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["queue"], parameters=[CODE])
class Next(RoomView):
    serializer_class = NextSerializer

    @extend_schema(
        summary="Go on to the next movie",
        description="Loads what follows the movie that is on the screen, as the command `load` does. Pressed by two "
        "people at once it goes on by one. Who controls the room may. Answers the timeline.",
        responses=TimelineSerializer,
    )
    def post(self, request: Request, code: str) -> Response:
        room = self.entered().room
        entry = selectors.entry_of(room, self.checked()["after"], field="after")
        return Response(services.next_in_queue(by=self.me, room=room, after=entry.movie))


@extend_schema(tags=["queue"], parameters=[CODE])
class Skip(RoomView):
    serializer_class = SkipSerializer

    @extend_schema(
        summary="Vote to skip the movie",
        description="Where the room allows it (`skip_votes`). The count comes by the socket as `votes`; when more than "
        "half of the users who are connected want it, the next movie is loaded.",
        responses={202: None},
    )
    def post(self, request: Request, code: str) -> Response:
        room, asked = self.entered().room, self.checked()
        entry = selectors.entry_of(room, asked["movie"], field="movie")
        services.vote_to_skip(by=self.me, room=room, movie=entry.movie, wanted=asked["wanted"])
        return Response(status=status.HTTP_202_ACCEPTED)


@extend_schema(tags=["queue"], parameters=[CODE])
class History(RoomView):
    queryset = Watched.objects.none()
    serializer_class = WatchedSerializer

    @extend_schema(summary="What the room has watched", responses=WatchedSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        page = self.paginate_queryset(selectors.watched(self.entered().room))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
