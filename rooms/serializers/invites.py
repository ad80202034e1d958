"""Invites: to who hands them on, and to who opens them."""

from typing import Any

from rest_framework import serializers

from rooms import links, selectors
from rooms.models import Invite
from rooms.serializers.fields import Seconds
from rooms.serializers.people import PublicPersonSerializer

FOREVER = 365 * 86400


class InviteSerializer(serializers.Serializer[Invite]):
    id = serializers.UUIDField(read_only=True)
    email = serializers.EmailField(required=False, allow_null=True, help_text="The link is mailed there.")
    max_uses = serializers.IntegerField(
        min_value=1,
        max_value=100_000,
        required=False,
        allow_null=True,
        help_text="How many may come in by it; null: all.",
    )
    expires_in = Seconds(
        min_value=1,
        max_value=FOREVER,
        required=False,
        allow_null=True,
        write_only=True,
        help_text="Seconds; a week unless given, null for ever.",
    )
    uses = serializers.IntegerField(read_only=True)
    created_by = PublicPersonSerializer(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True, allow_null=True)


class NewInviteSerializer(InviteSerializer):
    """The answer to making one: the only time that the token is told."""

    token = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True, help_text="The page to hand on.")


class InvitedRoomSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    owner = PublicPersonSerializer()
    allow_guests = serializers.BooleanField()
    member_count = serializers.IntegerField()
    url = serializers.CharField(help_text="The room's page, for who has come in.")


class InvitePreviewSerializer(serializers.Serializer[Invite]):
    """What an invite leads to, for who holds it."""

    room = serializers.SerializerMethodField()
    invited_by = PublicPersonSerializer(source="created_by", allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)

    def get_room(self, invite: Invite) -> dict[str, Any]:
        room = invite.room
        shown = {
            "code": room.code,
            "name": room.name,
            "owner": room.owner,
            "allow_guests": room.allow_guests,
            "member_count": selectors.member_count(room),
            "url": links.room_page(room.code),
        }
        return dict(InvitedRoomSerializer(shown).data)
