"""How the trail is doing, for Prometheus. All of it is read from the database, so every process says the same."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from audit import alarms
from audit.models import OutboxEvent, ShipperState


class AuditCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        waiting = OutboxEvent.objects.filter(tx=None)
        oldest = waiting.order_by("number").values_list("at", flat=True).first()
        state = ShipperState.objects.first() or ShipperState()
        yield _gauge("backlog", "Facts that wait to be shipped to the ledger", waiting.count())
        yield _gauge("oldest_waiting_seconds", "Age of the oldest fact that waits, 0 for none", _age(oldest))
        yield _gauge("failures", "Attempts to ship that failed in a row, by now", state.failures)
        yield _gauge(
            "shipped_timestamp_seconds", "When something was last shipped, 0 for never", _stamp(state.shipped_at)
        )
        yield _gauge(
            "verified_timestamp_seconds",
            "When the whole ledger was last found true, 0 for never",
            _stamp(state.verified_at),
        )
        yield _gauge("alarms", "Alarms that no operator has acknowledged", alarms.unacknowledged().count())


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"watchparty_audit_{name}", says, value=value)


def _age(at: datetime | None) -> float:
    return max(0.0, (timezone.now() - at).total_seconds()) if at else 0.0


def _stamp(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
