"""What a page's Content-Security-Policy has to allow for its movies from elsewhere: their origins, no more."""

from collections.abc import Iterable

from django.http import HttpResponse

from movies.models import Movie
from movies.playable import PLAYLIST

# Characters of origins in one header; front doors refuse answers whose headers are longer than a few kilobytes.
MOST = 2000


def media_origins(movies: Iterable[Movie]) -> list[str]:
    """The origins that the ready ones among these are played from, as far as a header holds them."""
    found = dict.fromkeys(origin for movie in movies if movie.status == Movie.Status.READY for origin in movie.origins)
    kept: list[str] = []
    length = 0
    for origin in found:
        length += len(origin) + 1
        if length > MOST:
            break
        kept.append(origin)
    return kept


def fetched_origins(movies: Iterable[Movie]) -> list[str]:
    """Of those, the ones that the page's own player asks for a film's parts: playlists (HLS)."""
    return media_origins(movie for movie in movies if movie.content_type == PLAYLIST)


def allow_media(response: HttpResponse, origins: list[str], fetched: list[str]) -> HttpResponse:
    """Let the page play from these origins as well, and its scripts ask the latter."""
    wanted = {"media-src": origins, "connect-src": fetched}
    if allowed := {directive: named for directive, named in wanted.items() if named}:
        response._csp_update = allowed  # type: ignore[attr-defined]  # how django-csp is told
    return response
