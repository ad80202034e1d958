"""``rooms/{code}/invites/``, ``invites/{token}/`` and ``auth/guest/``."""

from datetime import timedelta
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.addresses import client_address, limit_key
from accounts.links import origin_of
from accounts.services import issue_tokens
from rooms import devices, links, selectors, services
from rooms.models import Invite
from rooms.serializers.invites import InvitePreviewSerializer, InviteSerializer, NewInviteSerializer
from rooms.serializers.people import GuestSerializer, GuestTokensSerializer, PublicPersonSerializer
from rooms.serializers.room import RoomSerializer
from rooms.views.base import CODE, RoomView, SignedInView, asker_of
from rooms.views.rooms import room_as_seen


@extend_schema(tags=["invites"], parameters=[CODE])
class Invites(RoomView):
    serializer_class = InviteSerializer
    queryset = Invite.objects.none()

    @extend_schema(summary="The room's invites", responses=InviteSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        page = self.paginate_queryset(selectors.invites(self.moderated().room))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Make an invite",
        description="Hosts and moderators. The token and its link are told in this answer only.",
        responses={201: NewInviteSerializer},
    )
    def post(self, request: Request, code: str) -> Response:
        room = self.moderated().room
        wanted = self.checked()
        origin = origin_of(request)
        if "expires_in" in wanted:
            seconds = wanted.pop("expires_in")
            wanted["expires_in"] = None if seconds is None else timedelta(seconds=seconds)
        invite, token = services.create_invite(by=self.me, room=room, origin=origin, **wanted)
        told = {"token": token, "url": links.invite_page(token, origin)}
        return Response(InviteSerializer(invite).data | told, status=status.HTTP_201_CREATED)


@extend_schema(tags=["invites"], parameters=[CODE])
class OneInvite(RoomView):
    serializer_class = InviteSerializer

    @extend_schema(summary="Revoke an invite", responses={204: None})
    def delete(self, request: Request, code: str, invite_id: UUID) -> Response:
        services.revoke_invite(by=self.me, invite=selectors.invite(self.moderated().room, invite_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["invites"])
class Preview(SignedInView):
    serializer_class = InvitePreviewSerializer
    permission_classes = [AllowAny]

    @extend_schema(
        summary="What an invite leads to",
        description="For anybody who holds it. Expired, revoked, used up and unknown ones are 404 alike.",
    )
    def get(self, request: Request, token: str) -> Response:
        invite = services.preview_invite(token=token, asker=asker_of(request))
        return Response(self.get_serializer(invite).data)


@extend_schema(tags=["invites"])
class Accept(SignedInView):
    serializer_class = RoomSerializer

    @extend_schema(summary="Come in by an invite", request=None, responses=RoomSerializer)
    def post(self, request: Request, token: str) -> Response:
        seat = services.accept_invite(by=self.me, token=token, asker=asker_of(request))
        return Response(room_as_seen(self, seat.room))


@extend_schema(tags=["auth"])
class Guest(SignedInView):
    serializer_class = GuestSerializer
    # Whoever one may be signed in as: this makes somebody new.
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Come in as a guest",
        description="Makes a guest, good for the invite's room only and ending with it. 403 where the room takes none.",
        responses={201: GuestTokensSerializer},
    )
    def post(self, request: Request) -> Response:
        wanted = self.checked()
        ip = client_address(request)
        device = devices.id_of(request)
        guest, room = services.admit_guest(
            token=wanted["invite"],
            display_name=wanted["display_name"],
            address=limit_key(ip),
            device=devices.kept(device),
        )
        tokens = issue_tokens(user=guest, user_agent=request.headers.get("User-Agent", ""), ip=ip)
        told = {
            "user": PublicPersonSerializer(guest).data,
            "access": tokens.access,
            "refresh": tokens.refresh,
            "room": room.code,
        }
        response = Response(told, status=status.HTTP_201_CREATED)
        devices.remember(response, device)
        return response
