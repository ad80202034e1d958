"""A room."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.names import visible_name
from rooms import links, selectors, templates
from rooms.access import standing_in
from rooms.models import Room
from rooms.serializers.fields import Seconds
from rooms.serializers.people import PublicPersonSerializer


class BufferingSerializer(serializers.Serializer[Room]):
    """How a room waits for those whose player isn't ready. ``percent`` belongs to the policy ``quorum``."""

    policy = serializers.ChoiceField(choices=Room.Policy.choices, required=False)
    grace = Seconds(min_value=0, max_value=10, required=False, help_text="Seconds of stalling before it waits.")
    timeout = Seconds(min_value=1, max_value=300, required=False, help_text="Seconds that it waits at most.")
    percent = serializers.IntegerField(min_value=1, max_value=100, required=False)

    def get_attribute(self, instance: Room) -> dict[str, Any]:
        return selectors.buffering_of(instance)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return dict(instance)


class RoomSerializer(serializers.Serializer[Room]):
    code = serializers.CharField(read_only=True)
    name = serializers.CharField(max_length=100, validators=[visible_name])
    visibility = serializers.ChoiceField(choices=Room.Visibility.choices, required=False)
    password = serializers.CharField(
        max_length=128,
        required=False,
        allow_blank=True,
        allow_null=True,
        write_only=True,
        trim_whitespace=False,
        help_text="Asked of who joins without an invite. Empty or null for none.",
    )
    has_password = serializers.SerializerMethodField()
    control = serializers.ChoiceField(choices=Room.Control.choices, required=False)
    buffering = BufferingSerializer(required=False)
    allow_guests = serializers.BooleanField(required=False)
    auto_next = serializers.BooleanField(
        required=False, help_text="5 s after a movie the next one of the queue is loaded and started."
    )
    skip_votes = serializers.BooleanField(required=False, help_text="Most of those present may skip a movie.")
    capacity = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    slow_mode = serializers.IntegerField(
        min_value=0,
        max_value=3600,
        required=False,
        help_text="Seconds that members and guests wait between two lines of chat; 0: off.",
    )
    host_handover = serializers.BooleanField(
        required=False, help_text="While no host has been here for a minute, somebody present stands in."
    )
    owner = PublicPersonSerializer(read_only=True)
    role = serializers.SerializerMethodField(help_text="What I am in it; null while I am not in it.")
    member_count = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    url = serializers.SerializerMethodField(help_text="The room's page.")
    websocket = serializers.SerializerMethodField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("password", "") is None:
            attrs["password"] = ""
        return attrs

    def get_has_password(self, room: Room) -> bool:
        return bool(room.password)

    @extend_schema_field({"type": ["string", "null"], "enum": ["host", "moderator", "member", "guest", None]})
    def get_role(self, room: Room) -> str | None:
        return standing_in(room, self.context["request"].user).role

    def get_member_count(self, room: Room) -> int:
        counted: int | None = getattr(room, "member_count", None)
        return selectors.member_count(room) if counted is None else counted

    def get_url(self, room: Room) -> str:
        return links.room_page(room.code)

    def get_websocket(self, room: Room) -> str:
        return links.websocket(room.code)


class NewRoomSerializer(RoomSerializer):
    template = serializers.ChoiceField(
        choices=list(templates.TEMPLATES),
        required=False,
        write_only=True,
        help_text="What isn't given is as in this template.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(attrs)
        name = given.pop("template", None)
        return given if name is None else templates.filled(name, given)


class TemplateSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    settings = serializers.DictField(help_text="What a room made from it begins with.")


class JoinSerializer(serializers.Serializer[Any]):
    password = serializers.CharField(max_length=128, required=False, allow_blank=True, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> Any:
        # A join without a body is a join without a password.
        return super().to_internal_value({} if data is None or (isinstance(data, Mapping) and not data) else data)
