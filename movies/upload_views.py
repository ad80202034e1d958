"""REST endpoints of resumable uploads. The chunks speak Google's protocol:
https://cloud.google.com/storage/docs/performing-resumable-uploads"""

import re
from contextlib import suppress
from io import BytesIO
from typing import Any, cast
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from movies import completion, content_range, sessions, uploads
from movies.models import Upload
from movies.serializers import MovieSerializer
from movies.upload_serializers import UploadBeginSerializer, UploadCompleteSerializer, UploadSerializer
from watchparty import limits
from watchparty.errors import Conflict, Invalid, Unavailable
from watchparty.streamed_body import BodyCut, body_of, discard

# Of a chunk that is refused so much is read yet; then the connection is closed.
DISCARDED = 2 * uploads.CHUNK_BYTES

# Uploads of a list that a bucket is asked about.
LOOKED_AT = 5

_CONTENT_RANGE = OpenApiParameter(
    "Content-Range",
    str,
    OpenApiParameter.HEADER,
    description="`bytes 0-8388607/20000000` is a chunk, `bytes */20000000` without a body asks how far it got; "
    "without this header the body is the whole file.",
)


class _Mine(GenericAPIView[Upload]):
    serializer_class = UploadSerializer

    @property
    def user(self) -> User:
        return cast(User, self.request.user)

    def get_queryset(self) -> Any:
        return uploads.unfinished(self.user)


@extend_schema(tags=["movies"])
class UploadListView(_Mine):
    """My uploads that are not finished."""

    @extend_schema(operation_id="uploads_list", responses=UploadSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        for upload in page[:LOOKED_AT]:
            # An old number is better than no list.
            with suppress(Unavailable):
                sessions.look(upload)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="uploads_begin",
        request=UploadBeginSerializer,
        responses={201: UploadSerializer},
        description="Announce a file. Its movie is `uploading` until the last chunk has come, then `processing`.",
    )
    def post(self, request: Request) -> Response:
        given = UploadBeginSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        limits.spend("UPLOAD", str(self.user.pk))
        upload = uploads.begin(by=self.user, origin=_origin(request), **given.validated_data)
        made = self.get_serializer(upload).data
        # google-resumable-media looks here, and needs the whole URL.
        location = request.build_absolute_uri(made["upload_url"])
        return Response(made, status=status.HTTP_201_CREATED, headers={"Location": location})


@extend_schema(tags=["movies"])
class UploadView(_Mine):
    """One upload of mine, and where its chunks go."""

    @extend_schema(operation_id="uploads_read", responses=UploadSerializer)
    def get(self, request: Request, upload_id: UUID) -> Response:
        upload = uploads.get(user=self.user, upload_id=upload_id)
        sessions.look(upload)
        return Response(self.get_serializer(upload).data)

    @extend_schema(
        operation_id="uploads_send",
        parameters=[_CONTENT_RANGE],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={
            200: OpenApiResponse(MovieSerializer, description="All of it has come: the movie, which is processed now."),
            308: OpenApiResponse(
                description="Go on. `Range: bytes=0-LAST` says what has come; without that header nothing has."
            ),
        },
    )
    def put(self, request: Request, upload_id: UUID) -> Response:
        """Send a chunk, or ask how far the upload got. Chunks are multiples of 256 KiB, but for the last one; bytes
        that have come already are passed over. 409 for a chunk beyond them (`upload_gap`), and while another request
        writes to the same upload (`upload_busy`): ask, then go on from there."""
        body = body_of(request._request)
        try:
            upload = uploads.get(user=self.user, upload_id=upload_id)
            if upload.session and not upload.finished_at:
                raise Conflict(_("This upload goes to a bucket: send it to its upload_url."), code="upload_elsewhere")
            chunk = _chunk(request, upload)
            if chunk is None:
                upload = _finished_if_whole(upload)
            else:
                upload = uploads.receive(upload=upload, chunk=chunk, body=body)
        except BodyCut:
            raise Invalid("The body ended before what its Content-Length says.", code="body_cut") from None
        finally:
            discard(body, DISCARDED)
        if upload.finished_at:
            return Response(MovieSerializer(upload.movie, context={"request": request}).data)
        have = uploads.offset(upload)
        return Response(
            status=status.HTTP_308_PERMANENT_REDIRECT, headers={"Range": f"bytes=0-{have - 1}"} if have else {}
        )

    @extend_schema(operation_id="uploads_cancel", responses={204: None})
    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Call it off: what has come goes, and the movie with it. 409 once it is finished."""
        uploads.cancel(by=self.user, upload=uploads.get(user=self.user, upload_id=upload_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["movies"])
class UploadCompleteView(_Mine):
    @extend_schema(operation_id="uploads_complete", request=UploadCompleteSerializer, responses=MovieSerializer)
    def post(self, request: Request, upload_id: UUID) -> Response:
        """All of it is in the bucket: the movie, which is processed now. 409 (`upload_incomplete`) if it isn't."""
        given = UploadCompleteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        upload = completion.complete(uploads.get(user=self.user, upload_id=upload_id), **given.validated_data)
        return Response(MovieSerializer(upload.movie, context={"request": request}).data)


def _origin(request: Request) -> str | None:
    """Of the page that asks, if a page does: it alone may send to the bucket from a browser."""
    origin = request.headers.get("Origin", "")
    return origin if re.fullmatch(r"https?://[^\s/]{1,255}", origin) else None


def _chunk(request: Request, upload: Upload) -> content_range.Chunk | None:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        return content_range.parse(request.headers.get("Content-Range"), length=length, size=upload.size)
    except content_range.BadRange as error:
        raise Invalid(str(error), code="bad_range") from None


def _finished_if_whole(upload: Upload) -> Upload:
    """One that was interrupted between its last byte and its end is ended by who asks."""
    if upload.finished_at or uploads.offset(upload) < upload.size:
        return upload
    try:
        return uploads.receive(upload=upload, chunk=None, body=BytesIO())
    except Conflict:
        # Just now another request does it.
        return upload
