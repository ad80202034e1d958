"""REST endpoints of a movie in several sizes, in parts (HLS)."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from movies import adaptive, selectors
from movies.models import Movie
from movies.playable import PLAYLIST
from movies.serving import respond
from movies.tokens import stream_token
from movies.views import BUCKET, IF_RANGE, PART, RANGE, WHOLE, FileView

_TEXT = OpenApiResponse(str, description="The playlist. Its addresses carry a token, as that of the stream does.")


class _PlaylistView(FileView):
    def answer(self, playlist: str) -> HttpResponse:
        # With a token in it, and asked for anew each time whether this viewer may still watch.
        return HttpResponse(playlist, content_type=PLAYLIST, headers={"Cache-Control": "private, no-store"})

    def token(self, request: Request, movie: Movie) -> str:
        """The one that was shown, which ends when it ends; a new one for who has signed in."""
        return request.query_params.get("token") or stream_token(self.user, movie)


@extend_schema(tags=["movies"])
class MasterPlaylistView(_PlaylistView):
    @extend_schema(operation_id="movies_hls", responses={(200, PLAYLIST): _TEXT})
    def get(self, request: Request, movie_id: UUID) -> HttpResponseBase:
        """The movie as an adaptive stream, where it was made: 404 otherwise."""
        movie = selectors.get_playable(user=self.user, movie_id=movie_id)
        return self.answer(adaptive.master(selectors.get_renditions(movie), self.token(request, movie)))


@extend_schema(tags=["movies"])
class MediaPlaylistView(_PlaylistView):
    @extend_schema(operation_id="movies_hls_size", responses={(200, PLAYLIST): _TEXT})
    def get(self, request: Request, movie_id: UUID, side: int) -> HttpResponseBase:
        """One size of it: where its parts lie in its file."""
        movie = selectors.get_playable(user=self.user, movie_id=movie_id)
        return self.answer(adaptive.media(selectors.get_rendition(movie, side), self.token(request, movie)))


@extend_schema(tags=["movies"])
class RenditionView(FileView):
    @extend_schema(
        operation_id="movies_hls_file",
        parameters=[RANGE, IF_RANGE],
        responses={(200, "video/mp4"): WHOLE, (206, "video/mp4"): PART, 302: BUCKET},
    )
    def get(self, request: Request, movie_id: UUID, side: int) -> HttpResponseBase:
        """The file of one size, all its parts one after another."""
        movie = selectors.get_playable(user=self.user, movie_id=movie_id)
        return respond(
            request._request,
            name=selectors.get_rendition(movie, side).file,
            content_type="video/mp4",
            filename=f"{movie.title} ({side}).mp4",
            still=lambda: selectors.get_playable(user=self.user, movie_id=movie_id),
        )
