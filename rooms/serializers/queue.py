"""The queue."""

from typing import Any

from rest_framework import serializers

from movies.serializers import MovieSerializer
from rooms.models import QueueEntry, Watched
from rooms.serializers.people import PublicPersonSerializer


class QueueEntrySerializer(serializers.Serializer[QueueEntry]):
    id = serializers.UUIDField(read_only=True)
    movie = MovieSerializer(read_only=True)
    position = serializers.IntegerField(read_only=True)
    added_by = PublicPersonSerializer(read_only=True, allow_null=True)
    added_at = serializers.DateTimeField(read_only=True)


class NewEntrySerializer(serializers.Serializer[Any]):
    movie = serializers.UUIDField(help_text="The id of a movie of mine.")


class NextSerializer(serializers.Serializer[Any]):
    after = serializers.UUIDField(help_text="The movie that is on the screen: if another one is, nothing changes.")


class SkipSerializer(serializers.Serializer[Any]):
    movie = serializers.UUIDField(help_text="The movie that is on the screen.")
    wanted = serializers.BooleanField(default=True, help_text="False takes the vote back.")


class WatchedSerializer(serializers.Serializer[Watched]):
    movie = serializers.UUIDField(source="movie_id", allow_null=True, help_text="Null once it is deleted.")
    title = serializers.CharField()
    started_by = PublicPersonSerializer(allow_null=True, help_text="Null when it came by itself or by a vote.")
    started_at = serializers.DateTimeField()


class MoveSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField(min_value=0, help_text="Counted from 0; past the end is the end.")
