from django.http import HttpRequest, HttpResponse
from django.urls import path


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


urlpatterns = [path("healthz", healthz)]
