"""`/metrics`: how far the trail is behind, and not for the public."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from audit import alarms
from audit.facts import Fact
from audit.models import OutboxEvent
from audit.services import record
from audit.shipping import ship
from audit.watch import watch

pytestmark = pytest.mark.django_db
TOKEN = "a token of the operator's"


@pytest.fixture
def scrape(client: Client, settings: Settings) -> Callable[[], dict[str, float]]:
    """``scrape()``: each figure by its name, without what all of them begin with."""
    settings.METRICS_TOKEN = TOKEN

    def ask() -> dict[str, float]:
        text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return {sample.name.removeprefix("watchparty_audit_"): sample.value for sample in samples}

    return ask


def test_what_waits_is_told_with_its_age(scrape: Callable[[], dict[str, float]]) -> None:
    nothing = scrape()
    assert (nothing["backlog"], nothing["oldest_waiting_seconds"], nothing["shipped_timestamp_seconds"]) == (0, 0, 0)
    record(fact=Fact.ROOM_CLOSED, by=uuid4(), room=uuid4(), at=timezone.now() - timedelta(seconds=90))
    record(fact=Fact.ROOM_CLOSED, by=uuid4(), room=uuid4())
    late = scrape()
    assert late["backlog"] == 2
    assert 90 <= late["oldest_waiting_seconds"] < 100
    ship()
    shipped = scrape()
    assert (shipped["backlog"], shipped["oldest_waiting_seconds"]) == (0, 0)
    assert shipped["shipped_timestamp_seconds"] == pytest.approx(timezone.now().timestamp(), abs=10)


def test_the_last_good_look_and_open_alarms_are_told(
    scrape: Callable[[], dict[str, float]], five: list[OutboxEvent]
) -> None:
    assert scrape()["verified_timestamp_seconds"] == 0
    watch()
    assert scrape()["verified_timestamp_seconds"] == pytest.approx(timezone.now().timestamp(), abs=10)
    alarms.raise_alarms(["something", "something else"])
    assert scrape()["alarms"] == 2
    alarms.acknowledge(alarms.unacknowledged(), by=None)
    assert scrape()["alarms"] == 0


@pytest.mark.parametrize("said", ["", f"Bearer {TOKEN}x", TOKEN, "Bearer ", "Bearer é"])
def test_it_is_not_for_the_public(client: Client, settings: Settings, said: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", headers={"Authorization": said}).status_code == 404


def test_without_a_token_nobody_is_told(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
