"""Resumable uploads over REST, in and out."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from movies import uploads
from movies.models import Upload
from movies.serializers import TitleField


class UploadBeginSerializer(serializers.Serializer[Any]):
    filename = serializers.CharField(max_length=1000)
    size = serializers.IntegerField(min_value=1, max_value=2**62, help_text=_("bytes"))
    content_type = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    title = TitleField(required=False, allow_blank=True, default="", help_text=_("the file's name, where it is empty"))


class UploadCompleteSerializer(serializers.Serializer[Any]):
    crc32c = serializers.RegexField(
        r"^[A-Za-z0-9+/]{6}==$",
        required=False,
        default="",
        help_text=_("the file's CRC32C in base64, if it is known: one that differs ends the upload"),
    )


class UploadSerializer(serializers.ModelSerializer[Upload]):
    """``size`` and ``offset`` in bytes: how many there are, and how many have come."""

    upload_url = serializers.SerializerMethodField(
        help_text=_("Where the chunks are PUT: with the bearer token if it is on this host, without in a bucket.")
    )
    movie = serializers.UUIDField(source="movie_id")
    chunk_size = serializers.SerializerMethodField(help_text=_("bytes; a multiple of 256 KiB"))
    filename = serializers.CharField(source="movie.original_name")
    title = serializers.CharField(source="movie.title")
    offset = serializers.SerializerMethodField(help_text=_("bytes; of one in a bucket, as far as it is known"))

    class Meta:
        model = Upload
        fields = [
            "id",
            "upload_url",
            "movie",
            "chunk_size",
            "filename",
            "title",
            "content_type",
            "size",
            "offset",
            "created_at",
            "expires_at",
        ]
        read_only_fields = fields

    def get_upload_url(self, upload: Upload) -> str:
        return upload.session or reverse("upload-detail", args=[upload.pk])

    def get_chunk_size(self, upload: Upload) -> int:
        return uploads.CHUNK_BYTES

    def get_offset(self, upload: Upload) -> int:
        return uploads.offset(upload)
