"""Who steered the playback, from the rooms' journals."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.facts import Fact
from audit.models import HeldCommand, OutboxEvent
from audit.playback import keep_held
from sync.persistence import DatabaseArchive
from sync.signals import journaled
from sync.store import Entry

pytestmark = pytest.mark.django_db
ROOM, ALICE, BOB = (str(uuid4()) for _who in range(3))


def entry(seq: int, at: float, action: str = "seek", user: str | None = ALICE) -> Entry:
    return Entry(seq, at, action, "p1", user, f"id{seq}", 12.5)


def tell(*entries: Entry) -> None:
    journaled.send(sender=DatabaseArchive, entries=[(ROOM, each) for each in entries])


def kept(later: float = 10) -> list[OutboxEvent]:
    keep_held(timezone.now() + timedelta(seconds=later))
    return list(OutboxEvent.objects.order_by("number"))


def test_each_command_is_a_fact() -> None:
    tell(entry(1, 100.1, "play"), entry(2, 100.2))
    [play, seek] = kept()
    assert play.fact == Fact.PLAYBACK_COMMANDED
    assert (str(play.actor), str(play.room), play.subject, play.at.timestamp()) == (ALICE, ROOM, ROOM, 100)
    assert play.data == {"action": "play", "position_ms": 12500, "seq": "1"}
    assert seek.data["action"] == "seek"
    assert not HeldCommand.objects.exists()
    assert len(kept()) == 2, "kept once"


def test_more_than_two_in_a_second_of_one_person_are_one_summary() -> None:
    """In however many pieces they come, from whichever process."""
    tell(*(entry(n, 100 + n / 10) for n in range(2)), entry(6, 100.6, user=BOB))
    tell(*(entry(n, 100 + n / 10) for n in range(2, 5)))
    tell(entry(5, 100.5, "pause"))
    summary, other = sorted(kept(), key=lambda event: event.fact, reverse=True)
    assert (summary.fact, other.fact) == (Fact.PLAYBACK_SUMMARY, Fact.PLAYBACK_COMMANDED)
    assert summary.data == {"actions": ["pause", "seek"], "count": 6, "position_ms": 12500, "seq": "5"}
    assert str(other.actor) == BOB


def test_the_next_second_is_told_anew() -> None:
    tell(*(entry(n, 100 + n / 2) for n in range(4)))
    assert len(kept()) == 4


def test_a_second_that_may_not_be_over_waits() -> None:
    tell(entry(1, 100.1))
    assert not kept(later=1)


def test_what_the_room_does_by_itself_is_nobodys_doing() -> None:
    tell(entry(1, 100, user=None))
    assert not kept()
