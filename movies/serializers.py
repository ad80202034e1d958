"""What goes over REST, in and out."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from movies.models import Movie, Previews, Rendition, Subtitle
from movies.playable import PLAYLIST
from movies.tokens import stream_token


class CodecsSerializer(serializers.Serializer[dict[str, Any]]):
    """Names as FFmpeg has them: ``mp4``, ``h264``, ``aac``; ``audio`` null for a silent movie.

    Of a playlist (``hls``) that doesn't say what it has: ``unknown``, and null.
    """

    container = serializers.ChoiceField(choices=["mp4", "webm", "hls"])
    video = serializers.CharField()
    audio = serializers.CharField(allow_null=True)


class SourceSerializer(serializers.Serializer[dict[str, Any]]):
    url = serializers.CharField(help_text=_("Good for 12 hours, without further credentials; or where the movie lies."))
    type = serializers.CharField(help_text=_("MIME type"))
    origins = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text=_("Only of a movie that lies elsewhere: the origins that a page's CSP must allow."),
    )


class MovieOwnerSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class SubtitleSerializer(serializers.ModelSerializer[Subtitle]):
    url = serializers.SerializerMethodField(help_text=_("WebVTT"))

    class Meta:
        model = Subtitle
        fields = ["id", "language", "label", "url"]
        read_only_fields = fields

    def get_url(self, subtitle: Subtitle) -> str:
        return reverse("movie-subtitle", args=[subtitle.movie_id, subtitle.pk])


class PreviewsSerializer(serializers.ModelSerializer[Previews]):
    """Small pictures for a seek bar, ``columns`` in a row, ``width`` × ``height`` pixels each.

    ``times``, in seconds, rise; the first picture is the upper left one, the next at its right.
    """

    url = serializers.SerializerMethodField(help_text=_("JPEG"))
    times = serializers.ListField(child=serializers.FloatField())

    class Meta:
        model = Previews
        fields = ["url", "width", "height", "columns", "times"]
        read_only_fields = fields

    def get_url(self, previews: Previews) -> str:
        return reverse("movie-previews", args=[previews.pk])


class RenditionSerializer(serializers.ModelSerializer[Rendition]):
    """A smaller size: ``side`` is the shorter one, ``width`` and ``height`` 0 until it is made, in pixels.

    ``progress``, from 0 to 1, is how far it is while it is being made; null otherwise.
    """

    made = serializers.SerializerMethodField()

    class Meta:
        model = Rendition
        fields = ["side", "made", "progress", "width", "height"]
        read_only_fields = fields

    def get_made(self, rendition: Rendition) -> bool:
        return bool(rendition.file)


class MovieSerializer(serializers.ModelSerializer[Movie]):
    """``duration`` in seconds, ``size`` in bytes, ``width`` and ``height`` in pixels as shown.

    ``progress``, from 0 to 1, is how far it is prepared, where that takes a while; null otherwise.
    """

    owner = MovieOwnerSerializer(read_only=True)
    codecs = serializers.SerializerMethodField()
    poster = serializers.SerializerMethodField(help_text=_("URL of a JPEG, null while there is none"))
    sources = serializers.SerializerMethodField(
        help_text=_("empty until the movie is ready; the file, then the adaptive stream")
    )
    renditions = RenditionSerializer(many=True, read_only=True)
    subtitles = SubtitleSerializer(many=True, read_only=True)
    previews = serializers.SerializerMethodField(help_text=_("null while there are none; they come after `ready`"))

    class Meta:
        model = Movie
        fields = [
            "id",
            "title",
            "status",
            "progress",
            "error",
            "owner",
            "original_name",
            "duration",
            "width",
            "height",
            "codecs",
            "size",
            "poster",
            "previews",
            "sources",
            "renditions",
            "subtitles",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(CodecsSerializer(allow_null=True))
    def get_codecs(self, movie: Movie) -> dict[str, Any] | None:
        return movie.codecs or None

    def get_poster(self, movie: Movie) -> str | None:
        return reverse("movie-poster", args=[movie.pk]) if movie.poster else None

    @extend_schema_field(PreviewsSerializer(allow_null=True))
    def get_previews(self, movie: Movie) -> dict[str, Any] | None:
        previews = getattr(movie, "previews", None)
        return PreviewsSerializer(previews).data if previews is not None and previews.file else None

    @extend_schema_field(SourceSerializer(many=True))
    def get_sources(self, movie: Movie) -> list[dict[str, Any]]:
        if movie.status != Movie.Status.READY:
            return []
        if movie.url:
            return [{"url": movie.url, "type": movie.content_type, "origins": movie.origins}]
        token = urlencode({"token": stream_token(self.context["request"].user, movie)})
        sources = [{"url": f"{reverse('movie-stream', args=[movie.pk])}?{token}", "type": movie.content_type}]
        if any(one.file for one in movie.renditions.all()):
            sources.append({"url": f"{reverse('movie-hls', args=[movie.pk])}?{token}", "type": PLAYLIST})
        return sources


class PrintableField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if not all(c.isprintable() for c in text):
            raise serializers.ValidationError(_("Control characters can't be part of a title."), code="invalid")
        return text


class TitleField(PrintableField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)


class MovieUploadSerializer(serializers.Serializer[Any]):
    title = TitleField()
    file = serializers.FileField(max_length=None, help_text=_("MP4, MOV, MKV, WebM or AVI"))


class MovieLinkSerializer(serializers.Serializer[Any]):
    title = TitleField()
    url = serializers.CharField(
        max_length=2000, help_text=_("http or https, of an MP4 or WebM file, or a playlist of HLS")
    )


class MovieChangeSerializer(serializers.Serializer[Any]):
    title = TitleField(required=False)


class StorageSerializer(serializers.Serializer[Any]):
    """In bytes. Announced uploads count in full; movies that lie elsewhere, and those that failed, not at all."""

    used = serializers.IntegerField()
    most = serializers.IntegerField(allow_null=True, help_text=_("null: no bound"))


class PosterUploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=None, help_text=_("JPEG, PNG or WebP"))


class SubtitleUploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=None, help_text=_("SRT, WebVTT or ASS, in any common encoding"))
    language = PrintableField(max_length=Subtitle.LANGUAGE_LENGTH, help_text=_("BCP 47: en, pt-BR, zh-Hant"))
    # A field like others, not what the serializer itself is called.
    label = PrintableField(max_length=60, required=False, allow_blank=True)  # type: ignore[assignment]
