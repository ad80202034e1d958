"""Members, bans, guests."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from accounts.names import DISPLAY_NAME_MAX, visible_name
from rooms.models import Ban, Membership


class PublicPersonSerializer(serializers.Serializer[User]):
    """Somebody as other people see them."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(read_only=True)
    is_guest = serializers.BooleanField(read_only=True)


class MemberSerializer(serializers.Serializer[Membership]):
    user = PublicPersonSerializer(read_only=True)
    role = serializers.CharField(read_only=True, help_text="host, moderator, member or guest")
    is_owner = serializers.SerializerMethodField()
    joined_at = serializers.DateTimeField(read_only=True)

    def get_is_owner(self, seat: Membership) -> bool:
        return seat.user_id == seat.room.owner_id


class RoleSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=["host", "moderator", "member"])


class BanSerializer(serializers.Serializer[Ban]):
    user = PublicPersonSerializer(read_only=True)
    banned_by = PublicPersonSerializer(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)


class NewBanSerializer(serializers.Serializer[Any]):
    user = serializers.UUIDField(help_text="The user's id.")


class GuestSerializer(serializers.Serializer[Any]):
    invite = serializers.CharField(max_length=100, help_text="The invite's token.")
    display_name = serializers.CharField(max_length=DISPLAY_NAME_MAX, validators=[visible_name])


class GuestTokensSerializer(serializers.Serializer[Any]):
    user = PublicPersonSerializer()
    access = serializers.CharField()
    refresh = serializers.CharField()
    room = serializers.CharField(help_text="The code of the room that the guest is in.")
