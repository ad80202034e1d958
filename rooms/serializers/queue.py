"""The queue."""

from typing import Any

from rest_framework import serializers

from movies.serializers import MovieSerializer
from rooms.models import QueueEntry
from rooms.serializers.people import PublicPersonSerializer


class QueueEntrySerializer(serializers.Serializer[QueueEntry]):
    id = serializers.UUIDField(read_only=True)
    movie = MovieSerializer(read_only=True)
    position = serializers.IntegerField(read_only=True)
    added_by = PublicPersonSerializer(read_only=True, allow_null=True)
    added_at = serializers.DateTimeField(read_only=True)


class NewEntrySerializer(serializers.Serializer[Any]):
    movie = serializers.UUIDField(help_text="The id of a movie of mine.")


class MoveSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField(min_value=0, help_text="Counted from 0; past the end is the end.")
