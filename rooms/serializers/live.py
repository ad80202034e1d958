"""What belongs to the running party: tickets, commands, chat."""

from typing import Any

from rest_framework import serializers

from rooms.models import Message
from sync.protocol import COMMANDS


class TicketSerializer(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    url = serializers.CharField(help_text="The WebSocket, ticket included.")
    expires_in = serializers.IntegerField(help_text="Seconds.")


class CommandSerializer(serializers.Serializer[Any]):
    """A command of the sync protocol. Checked by the engine, the same as one from a socket."""

    type = serializers.ChoiceField(choices=COMMANDS)
    id = serializers.CharField(
        max_length=64, required=False, help_text="What is sent twice with one id takes effect once."
    )
    at = serializers.FloatField(required=False, help_text="pause: the room clock's instant.")
    position = serializers.FloatField(min_value=0, required=False, help_text="seek: seconds.")
    rate = serializers.FloatField(min_value=0.25, max_value=4, required=False, help_text="rate: the speed.")
    item = serializers.UUIDField(required=False, help_text="load: a movie of the room's queue.")
    after = serializers.UUIDField(required=False, help_text="load: only if this is the present movie.")
    force = serializers.BooleanField(required=False, help_text="play: without waiting for anybody.")


class TimelineSerializer(serializers.Serializer[Any]):
    """The room's authoritative state vector; see the sync protocol."""

    seq = serializers.IntegerField()
    item = serializers.UUIDField(allow_null=True)
    position = serializers.FloatField()
    rate = serializers.FloatField()
    state = serializers.CharField(help_text="paused, playing or waiting")
    anchor = serializers.FloatField()
    waiting_for = serializers.ListField(child=serializers.CharField())
    waiting_since = serializers.FloatField(required=False, help_text="While it waits: since when.")
    next_at = serializers.FloatField(required=False, help_text="After the end: when the next movie is loaded.")


class SnapshotSerializer(serializers.Serializer[Any]):
    """The ``snapshot`` of the sync protocol."""

    type = serializers.CharField(help_text="snapshot")
    room = serializers.DictField()
    timeline = TimelineSerializer()
    participants = serializers.ListField(child=serializers.DictField())
    participant_count = serializers.IntegerField()
    now = serializers.FloatField(help_text="The room clock.")
    chat_seq = serializers.IntegerField()


class AuthorSerializer(serializers.Serializer[Message]):
    id = serializers.CharField(source="participant")
    user = serializers.UUIDField(source="user_id", allow_null=True)
    name = serializers.CharField(source="author_name")


class MessageSerializer(serializers.Serializer[Message]):
    """A chat line, laid out as on the socket."""

    chat_seq = serializers.IntegerField()
    by = AuthorSerializer(source="*")
    text = serializers.CharField()
    sent_at = serializers.DateTimeField()
    id = serializers.CharField(source="client_id")


class NewMessageSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=2000, trim_whitespace=False)
    id = serializers.CharField(max_length=64, required=False, help_text="What is sent twice with one id is said once.")


class MessagePageSerializer(serializers.Serializer[Any]):
    """In the order of the chat. ``previous`` leads to older lines, ``next`` to newer ones."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = MessageSerializer(many=True)
