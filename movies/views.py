"""REST endpoints of movies: the library, one movie, and the files that players fetch."""

from typing import Any, cast
from uuid import UUID

from django.db import connection
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from movies import posters, quotas, selectors, services, subtitles
from movies.authentication import StreamTokenAuthentication
from movies.library import ORDERINGS, sought
from movies.models import Movie, Subtitle
from movies.serializers import (
    MovieChangeSerializer,
    MovieLinkSerializer,
    MovieSerializer,
    MovieUploadSerializer,
    PosterUploadSerializer,
    StorageSerializer,
    SubtitleSerializer,
    SubtitleUploadSerializer,
)
from movies.serving import respond, watching
from watchparty.api.parsers import StrictJSONParser
from watchparty.errors import Forbidden, NotFound


class _SignedIn(APIView):
    """Every endpoint here needs somebody who is signed in (DEFAULT_PERMISSION_CLASSES)."""

    @property
    def user(self) -> User:
        return cast(User, self.request.user)


_SEARCH = OpenApiParameter("search", str, description="Words that the title has, all of them.")
_ORDERING = OpenApiParameter("ordering", str, enum=ORDERINGS, description="Newest first without it.")


@extend_schema(tags=["movies"])
class MovieListView(_SignedIn, GenericAPIView[Movie]):
    """My movies."""

    parser_classes = [MultiPartParser, StrictJSONParser]
    serializer_class = MovieUploadSerializer

    def get_queryset(self) -> Any:
        return selectors.owned_by(self.user)

    @extend_schema(operation_id="movies_list", parameters=[_SEARCH, _ORDERING], responses=MovieSerializer(many=True))
    def get(self, request: Request) -> Response:
        asked = {name: request.query_params.get(name, "") for name in ("search", "ordering")}
        page = self.paginate_queryset(sought(self.get_queryset(), **asked))
        return self.get_paginated_response(MovieSerializer(page, many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="movies_upload",
        request={"multipart/form-data": MovieUploadSerializer, "application/json": MovieLinkSerializer},
        responses={201: MovieSerializer},
        description="Upload a movie, or name the URL of one that lies elsewhere and is played from there. It is "
        "`processing` at first; fetch it again until it is `ready` or `failed`.",
    )
    def post(self, request: Request) -> Response:
        if self.user.is_guest:
            raise Forbidden(_("Guests can't upload movies. Make an account first."))
        if isinstance(request.data, dict) and "url" in request.data:
            return self._link(request)
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        movie = services.create_from_upload(
            by=self.user, title=given.validated_data["title"], upload=given.validated_data["file"]
        )
        return _answer(request, movie, status.HTTP_201_CREATED)

    def _link(self, request: Request) -> Response:
        given = MovieLinkSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        movie = services.create_from_url(by=self.user, **given.validated_data)
        return _answer(request, movie, status.HTTP_201_CREATED)


@extend_schema(tags=["movies"])
class StorageView(_SignedIn):
    @extend_schema(operation_id="movies_storage", responses=StorageSerializer)
    def get(self, request: Request) -> Response:
        """What my movies take up, and may."""
        return Response(StorageSerializer(quotas.storage_of(self.user)).data)


@extend_schema(tags=["movies"])
class MovieView(_SignedIn, GenericAPIView[Movie]):
    """One movie: mine, or one that a room lets me watch."""

    serializer_class = MovieChangeSerializer

    @extend_schema(operation_id="movies_read", responses=MovieSerializer)
    def get(self, request: Request, movie_id: UUID) -> Response:
        return _answer(request, selectors.get_visible(user=self.user, movie_id=movie_id))

    @extend_schema(operation_id="movies_change", request=MovieChangeSerializer, responses=MovieSerializer)
    def patch(self, request: Request, movie_id: UUID) -> Response:
        movie = selectors.get_visible(user=self.user, movie_id=movie_id)
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        title = given.validated_data.get("title", movie.title)
        return _answer(request, services.rename(by=self.user, movie=movie, title=title))

    @extend_schema(operation_id="movies_delete", responses={204: None})
    def delete(self, request: Request, movie_id: UUID) -> Response:
        services.delete(by=self.user, movie=selectors.get_visible(user=self.user, movie_id=movie_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _answer(request: Request, movie: Movie, code: int = status.HTTP_200_OK) -> Response:
    return Response(MovieSerializer(movie, context={"request": request}).data, status=code)


class FileView(_SignedIn):
    """A file for players and pages: by bearer token, session cookie or the token of a source's URL.

    The checks run in one piece in a thread; the answer's body is asynchronous (``movies.serving``).
    """

    authentication_classes = [StreamTokenAuthentication, *APIView.authentication_classes]
    renderer_classes = [JSONRenderer]

    def get_authenticators(self) -> list[BaseAuthentication]:
        # A link to watch isn't one to change or delete.
        kinds = super().get_authenticators()
        if self.request is not None and self.request.method not in SAFE_METHODS:
            return [kind for kind in kinds if not isinstance(kind, StreamTokenAuthentication)]
        return kinds

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # What a player accepts are media types; JSON is only what errors are rendered in.
        return super().perform_content_negotiation(request, force=True)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        # A viewer's request lasts for hours; its database connection must not. (Within a transaction: in tests.)
        if not connection.in_atomic_block:
            connection.close()
        return response


RANGE = OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="One range, e.g. `bytes=0-1023`.")
IF_RANGE = OpenApiParameter("If-Range", str, OpenApiParameter.HEADER, description="An ETag or a date.")
WHOLE = OpenApiResponse(OpenApiTypes.BINARY, description="The whole file.")
BUCKET = OpenApiResponse(description="It lies in a bucket: the URL is good for 5 minutes.")
PART = OpenApiResponse(OpenApiTypes.BINARY, description="The part that was asked for.")


@extend_schema(tags=["movies"])
class StreamView(FileView):
    @extend_schema(
        operation_id="movies_stream",
        parameters=[RANGE, IF_RANGE],
        responses={
            (200, "video/mp4"): WHOLE,
            (200, "video/webm"): WHOLE,
            (206, "video/mp4"): PART,
            (206, "video/webm"): PART,
            302: OpenApiResponse(
                description="The movie lies elsewhere, or in a bucket: there the URL is good for the movie's length "
                "and half an hour, at most for 6 hours."
            ),
            304: OpenApiResponse(description="The client's copy is good."),
            416: OpenApiResponse(description="No byte of the file lies in the range."),
        },
    )
    def get(self, request: Request, movie_id: UUID) -> HttpResponseBase:
        """The movie's file. HEAD answers with the headers alone."""
        movie = selectors.get_playable(user=self.user, movie_id=movie_id)
        if movie.url:
            # Not for long: it is asked for anew each time whether this viewer may still watch.
            return HttpResponse(status=302, headers={"Location": movie.url, "Cache-Control": "private, no-store"})
        filename = f"{movie.title}.{movie.codecs['container']}"
        return respond(
            request._request,
            name=movie.file,
            content_type=movie.content_type,
            filename=filename,
            still=lambda: selectors.get_playable(user=self.user, movie_id=movie_id),
            good_for=watching(movie.duration),
        )


@extend_schema(tags=["movies"])
class PosterView(FileView):
    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="movies_poster", responses={(200, "image/jpeg"): WHOLE, 302: BUCKET})
    def get(self, request: Request, movie_id: UUID) -> HttpResponseBase:
        """One picture of the movie."""
        movie = selectors.get_playable(user=self.user, movie_id=movie_id)
        if not movie.poster:
            raise NotFound(_("This movie has no poster."))
        filename = f"{movie.title}.jpg"
        return respond(request._request, name=movie.poster, content_type="image/jpeg", filename=filename)

    @extend_schema(
        operation_id="movies_poster_replace",
        request={"multipart/form-data": PosterUploadSerializer},
        responses={200: MovieSerializer},
    )
    def put(self, request: Request, movie_id: UUID) -> Response:
        """Another poster for a movie of mine. It is made anew as JPEG, and smaller where it is large."""
        movie = selectors.get_visible(user=self.user, movie_id=movie_id)
        given = PosterUploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        movie = posters.replace(by=self.user, movie=movie, upload=given.validated_data["file"])
        return _answer(request, movie)


@extend_schema(tags=["movies"])
class PreviewsView(FileView):
    @extend_schema(operation_id="movies_previews", responses={(200, "image/jpeg"): WHOLE})
    def get(self, request: Request, movie_id: UUID) -> HttpResponseBase:
        """The small pictures for a seek bar; `previews` of the movie says which is where."""
        movie = selectors.get_playable(user=self.user, movie_id=movie_id)
        name, filename = selectors.get_previews(movie).file, f"{movie.title} (previews).jpg"
        # Small: passed on from a bucket too, so that the page's policy needn't name it.
        return respond(request._request, name=name, content_type="image/jpeg", filename=filename, redirect=False)


@extend_schema(tags=["movies"])
class SubtitleListView(_SignedIn, GenericAPIView[Subtitle]):
    """The subtitles of a movie."""

    parser_classes = [MultiPartParser]
    serializer_class = SubtitleSerializer

    @extend_schema(operation_id="movies_subtitles_list", responses=SubtitleSerializer(many=True))
    def get(self, request: Request, movie_id: UUID) -> Response:
        movie = selectors.get_visible(user=self.user, movie_id=movie_id)
        page = self.paginate_queryset(movie.subtitles.all())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="movies_subtitles_upload",
        request={"multipart/form-data": SubtitleUploadSerializer},
        responses={201: SubtitleSerializer},
        description="Add a track to a movie of mine. What comes in as SRT, WebVTT or ASS is kept as WebVTT.",
    )
    def post(self, request: Request, movie_id: UUID) -> Response:
        movie = selectors.get_visible(user=self.user, movie_id=movie_id)
        given = SubtitleUploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        upload, language = given.validated_data["file"], given.validated_data["language"]
        label = given.validated_data.get("label", "")
        track = subtitles.add(by=self.user, movie=movie, upload=upload, language=language, label=label)
        return Response(SubtitleSerializer(track).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["movies"])
class SubtitleView(FileView):
    @extend_schema(operation_id="movies_subtitles_read", responses={(200, "text/vtt"): OpenApiTypes.STR})
    def get(self, request: Request, movie_id: UUID, subtitle_id: UUID) -> HttpResponseBase:
        """One track, as WebVTT."""
        track = selectors.get_subtitle(user=self.user, movie_id=movie_id, subtitle_id=subtitle_id)
        filename = f"{track.movie.title}.{track.language}.vtt"
        kind = "text/vtt; charset=utf-8"
        # Never by a redirect: browsers take a track from the page's own origin only.
        return respond(request._request, name=track.file, content_type=kind, filename=filename, redirect=False)

    @extend_schema(operation_id="movies_subtitles_delete", responses={204: None})
    def delete(self, request: Request, movie_id: UUID, subtitle_id: UUID) -> Response:
        track = selectors.get_subtitle(user=self.user, movie_id=movie_id, subtitle_id=subtitle_id)
        subtitles.remove(by=self.user, subtitle=track)
        return Response(status=status.HTTP_204_NO_CONTENT)
