"""Every path of the HTTP side. The WebSocket's is in asgi.py."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from watchparty import metrics, views

handler400 = "watchparty.views.bad_request"
handler403 = "watchparty.views.permission_denied"
handler404 = "watchparty.views.not_found"
handler500 = "watchparty.views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("accounts.urls")),
    path("api/v1/", include("movies.urls")),
    path("api/v1/", include("rooms.urls")),
    path("api/v1/", include("audit.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
    path("metrics", metrics.metrics),
    path("", include("accounts.page_urls")),
    path("", include("movies.page_urls")),
    path("", include("rooms.page_urls")),
    path("", include("audit.page_urls")),
]
