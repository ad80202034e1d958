"""Who numbers the rows of the outbox, so that a removed one leaves a gap."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from audit import alarms, writers
from audit.facts import Fact
from audit.models import OutboxEvent
from audit.services import record
from audit.watch import watch
from tests.audit.rows import row
from tests.waiting import PATIENCE

T = TypeVar("T")


def in_a_thread(work: Callable[[], T]) -> T:
    """As a request is: the thread ends with it."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(PATIENCE)
    return done.result(0)


def mine() -> UUID:
    return writers.mine().id


def test_requests_one_after_the_other_are_one_writer() -> None:
    assert len({in_a_thread(mine) for _request in range(3)}) == 1


def test_a_thread_keeps_its_own() -> None:
    assert mine() == mine()


def test_two_at_once_are_two() -> None:
    assert mine() != in_a_thread(mine)


def test_after_a_long_pause_another_goes_on() -> None:
    before = mine(), in_a_thread(mine)
    with time_machine.travel(timezone.now() + writers.LONGEST_PAUSE + timedelta(minutes=1)):
        assert not {mine(), in_a_thread(mine)} & {*before}


def test_a_forked_process_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    before = mine(), in_a_thread(mine)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert not {mine(), in_a_thread(mine)} & {*before}


@pytest.mark.django_db(transaction=True)
def test_a_request_shows_that_the_row_of_the_one_before_was_removed(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_COPY = str(tmp_path / "head.json")

    def request() -> OutboxEvent:
        return row(record(fact=Fact.ROOM_CLOSED, by=uuid4(), room=uuid4()))

    first, second, _third = (in_a_thread(request) for _request in range(3))
    assert (second.writer, second.position) == (first.writer, 2)
    assert watch().verified
    OutboxEvent._base_manager.filter(pk=second.pk).delete()
    watch()
    [alarm] = alarms.unacknowledged()
    assert "was removed before event" in alarm.detail
