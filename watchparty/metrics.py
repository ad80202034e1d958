"""`/metrics` for Prometheus: for who knows `METRICS_TOKEN`, and for nobody where that is empty."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from audit.metrics import AuditCollector


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What is counted has to be the same in each web process: whoever asks meets any of them."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not constant_time_compare(request.headers.get("Authorization", ""), expected):
        # To everybody else there is no such page.
        raise Http404
    registry = CollectorRegistry()
    registry.register(AuditCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
