"""Below /api/v1/."""

from django.urls import URLPattern, path

from movies import adaptive_views, upload_views, views

urlpatterns: list[URLPattern] = [
    path("movies/", views.MovieListView.as_view(), name="movie-list"),
    path("movies/storage/", views.StorageView.as_view(), name="movie-storage"),
    path("uploads/", upload_views.UploadListView.as_view(), name="upload-list"),
    path("uploads/<uuid:upload_id>/", upload_views.UploadView.as_view(), name="upload-detail"),
    path("uploads/<uuid:upload_id>/complete/", upload_views.UploadCompleteView.as_view(), name="upload-complete"),
    path("movies/<uuid:movie_id>/", views.MovieView.as_view(), name="movie-detail"),
    path("movies/<uuid:movie_id>/stream/", views.StreamView.as_view(), name="movie-stream"),
    path("movies/<uuid:movie_id>/hls/master.m3u8", adaptive_views.MasterPlaylistView.as_view(), name="movie-hls"),
    path(
        "movies/<uuid:movie_id>/hls/<int:side>.m3u8", adaptive_views.MediaPlaylistView.as_view(), name="movie-hls-size"
    ),
    path("movies/<uuid:movie_id>/hls/<int:side>.mp4", adaptive_views.RenditionView.as_view(), name="movie-hls-file"),
    path("movies/<uuid:movie_id>/poster/", views.PosterView.as_view(), name="movie-poster"),
    path("movies/<uuid:movie_id>/previews/", views.PreviewsView.as_view(), name="movie-previews"),
    path("movies/<uuid:movie_id>/subtitles/", views.SubtitleListView.as_view(), name="movie-subtitles"),
    path("movies/<uuid:movie_id>/subtitles/<uuid:subtitle_id>/", views.SubtitleView.as_view(), name="movie-subtitle"),
]
