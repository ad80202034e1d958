"""What a page's Content-Security-Policy has to allow for its movies from elsewhere: their origins, no more."""

from collections.abc import Iterable

from django.http import HttpResponse

from movies.models import Movie

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


def allow_media(response: HttpResponse, origins: list[str]) -> HttpResponse:
    """Let the page play from these origins as well."""
    if origins:
        response._csp_update = {"media-src": origins}  # type: ignore[attr-defined]  # how django-csp is told
    return response
