"""What the benchmark of the audit trail says of the times that it took, and that it measures what the product does."""

import pytest

from accounts.models import User
from audit.models import OutboxEvent
from audit.shipping import ship
from audit.verification import verify_everything
from benchmarks.audit import figures
from benchmarks.audit.cost import by_turns
from benchmarks.audit.producer import Producer
from rooms.services import create_room


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
    producer.put(3)
    producer.put(2)
    assert ship() == 5
    assert verify_everything().verified
    assert list(OutboxEvent.objects.order_by("number").values_list("position", flat=True)) == [1, 2, 3, 4, 5]
    assert OutboxEvent.objects.filter(data={"role": "member"}).count() == 5


@pytest.mark.django_db
def test_every_second_write_is_audited(alice: User):
    """And afterwards all are again."""
    written = []
    by_turns(lambda: written.append(create_room(by=alice, name="Figures")), 2, warm=1)
    assert len(written) == 6
    assert OutboxEvent.objects.filter(fact="room.created").count() == 3
    create_room(by=alice, name="Figures")
    assert OutboxEvent.objects.filter(fact="room.created").count() == 4
