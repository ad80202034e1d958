"""The pages of movies."""

from django.urls import URLPattern, path

from movies import pages, poster_pages, subtitle_pages
from movies.external import pages as external

urlpatterns: list[URLPattern] = [
    path("movies/", pages.library, name="movies"),
    path("movies/new/", pages.new, name="movie-new"),
    path("movies/elsewhere/", external.new, name="movie-elsewhere"),
    path("movies/<uuid:movie_id>/", pages.movie, name="movie"),
    path("movies/<uuid:movie_id>/rename/", pages.rename, name="movie-rename"),
    path("movies/<uuid:movie_id>/delete/", pages.delete, name="movie-delete"),
    path("movies/<uuid:movie_id>/poster/", poster_pages.replace, name="movie-poster-replace"),
    path("movies/<uuid:movie_id>/subtitles/", subtitle_pages.add, name="movie-subtitles-add"),
    path(
        "movies/<uuid:movie_id>/subtitles/<uuid:subtitle_id>/remove/",
        subtitle_pages.remove,
        name="movie-subtitles-remove",
    ),
]
