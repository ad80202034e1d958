"""What the benchmark of the audit trail says of the times that it took, and that it measures what the product does."""

import os
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from audit.alarms import unacknowledged
from audit.models import OutboxEvent
from audit.shipping import ship
from audit.verification import verify_everything
from benchmarks.audit import figures
from benchmarks.audit.producer import Producer, put
from benchmarks.audit.servers import SETTINGS, SWITCHED
from benchmarks.stand import run
from tests.audit.trail import START


def test_the_share_is_that_of_the_medians():
    assert figures.added([11, 500, 10.5], [10, 9.9, 10.1]) == {"with_ms": 11, "without_ms": 10, "added": 0.1}
    assert figures.added([9.5], [10])["added"] == -0.05


def test_both_kinds_come_in_turn_and_neither_is_always_first():
    assert list(figures.turns(4)) == [False, True, True, False, False, True, True, False]


def test_a_lag_that_goes_on_growing_shows():
    """Also where the median of all looks would hide it."""
    assert figures.lag([0.1, 0.1, 0.2, 4, 5, 6]) == {"p50": 5, "largest": 6}
    assert figures.lag([3, 1]) == {"p50": 1, "largest": 3}


def test_processors_are_told_as_shares_of_one():
    before, after = {"shipper": 1.5, "immudb": 9}, {"shipper": 6.5, "immudb": 10}
    assert figures.share(before, after, 10) == {"shipper": 0.5, "immudb": 0.1}


@pytest.mark.django_db
def test_its_rows_are_as_the_product_makes_them():
    producer = Producer()
    put(producer.sealed([timezone.now()] * 3))
    put(producer.sealed([timezone.now()] * 2))
    assert ship() == 5
    assert verify_everything().verified
    assert not unacknowledged()
    assert list(OutboxEvent.objects.order_by("number").values_list("position", flat=True)) == [1, 2, 3, 4, 5]
    assert OutboxEvent.objects.filter(data={"role": "member"}).count() == 5


HEARD = """
import django
django.setup()
from rooms.signals import room_created
from sync.signals import journaled
print([sum(str(each[0][0]).startswith("audit.") for each in signal.receivers) for signal in (room_created, journaled)])
"""


@pytest.mark.parametrize(("audited", "heard"), [(True, "[1, 1]"), (False, "[0, 0]")])
def test_one_of_the_servers_is_audited_and_the_other_is_not(audited: bool, heard: str, tmp_path: Path):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": SETTINGS[audited], "DATA": str(tmp_path)}
    assert run([sys.executable, "-c", HEARD], START, environment).strip() == heard


SWITCHED_HEARD = """
import django
django.setup()
from benchmarks.audit.switched import hear
from rooms.signals import room_created
for audited in (True, False, True):
    hear(audited)
    print(len(room_created.receivers))
"""


def test_a_server_can_do_without_auditing_for_one_request(tmp_path: Path):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": SWITCHED, "DATA": str(tmp_path)}
    assert run([sys.executable, "-c", SWITCHED_HEARD], START, environment).split() == ["1", "0", "1"]
