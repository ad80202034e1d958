"""Views of no app: the API's 404, the error pages, health."""

from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from redis import RedisError

from watchparty.api.problems import as_response, wants_problem


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if wants_problem(request):
        return as_response(400, _("The request is malformed."))
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if wants_problem(request):
        return as_response(403, _("You may not do this."))
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if wants_problem(request):
        return as_response(404, _("There is nothing here."))
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponseBase:
    if wants_problem(request):
        return as_response(500, _("Something broke on our side. It has been logged."))
    return render(request, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    if wants_problem(request):
        return as_response(403, _("The CSRF token is missing or wrong."), code="csrf")
    return render(request, "403.html", {"reason": reason}, status=403)


def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives and answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Each dependency by name; 503 when one that is needed is down."""
    found = {"database": _database_answers(), "cache": _cache_answers(), "media": settings.MEDIA_ROOT.is_dir()}
    ready = all(found.values())
    dependencies = {name: "ok" if ok else "down" for name, ok in found.items()}
    return JsonResponse(
        {"status": "ok" if ready else "down", "dependencies": dependencies}, status=200 if ready else 503
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _cache_answers() -> bool:
    try:
        cache.set("readyz", 1, timeout=5)
        return bool(cache.get("readyz") == 1)
    except RedisError:
        return False
