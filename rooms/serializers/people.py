"""Members, bans, guests."""

from typing import Any

from django.utils.translation import gettext_lazy as _
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
    muted = serializers.BooleanField(read_only=True, help_text="May not write in the chat.")
    may_control = serializers.BooleanField(read_only=True, help_text="May play and pause whatever the role.")
    stands_in = serializers.SerializerMethodField(help_text="Is host until the owner is back.")

    def get_is_owner(self, seat: Membership) -> bool:
        return seat.user_id == seat.room.owner_id

    def get_stands_in(self, seat: Membership) -> bool:
        return seat.stands_in_as != ""


class MemberChangeSerializer(serializers.Serializer[Any]):
    """What isn't given stays."""

    role = serializers.ChoiceField(choices=["host", "moderator", "member"], required=False)
    muted = serializers.BooleanField(required=False, help_text="May not write in the chat.")
    may_control = serializers.BooleanField(required=False, help_text="May play and pause whatever the role.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError(
                {"role": _("Say what to change: role, muted or may_control.")}, code="required"
            )
        return attrs


class HostSerializer(serializers.Serializer[Any]):
    user = serializers.UUIDField(
        help_text="The id of the member who becomes the host; the owner's own to take it back."
    )


class WishSerializer(serializers.Serializer[Membership]):
    """Somebody who asks to control the room."""

    user = PublicPersonSerializer(read_only=True)
    asked_at = serializers.DateTimeField(source="control_asked_at", read_only=True)


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
