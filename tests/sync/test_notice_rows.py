"""The table of notices: every row is read once, in order, whatever the clocks say."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sync.models import Notice
from sync.notice_reader import KEPT_SECONDS, LATE_SECONDS, NoticeRows

pytestmark = pytest.mark.django_db


class Reader:
    def __init__(self) -> None:
        self.now = 1000.0
        self.rows = NoticeRows(lambda: self.now)

    def read(self) -> list[Any]:
        found = self.rows.look()
        for id, _ in found:
            self.rows.taken(id)
        self.rows.settle()
        return [notice for _, notice in found]


def add(notice: str, id: int | None = None) -> Notice:
    return Notice.objects.create(pk=id, notice=notice)


def test_each_row_once_and_in_order():
    add("before")
    reader = Reader()
    add("one")
    add("two")
    assert reader.read() == ["one", "two"]
    assert reader.read() == []
    add("three")
    assert reader.read() == ["three"]


def test_one_that_is_committed_after_a_later_one():
    reader = Reader()
    late = add("second").pk + 1
    add("third", late + 1)
    assert reader.read() == ["second", "third"]
    reader.now += LATE_SECONDS - 1
    assert reader.read() == []
    add("late", late)
    assert reader.read() == ["late"]
    reader.now += LATE_SECONDS + 1
    assert reader.read() == []


def test_two_processes_read_all():
    here, there = Reader(), Reader()
    add("one")
    assert here.read() == there.read() == ["one"]


def test_rows_are_deleted_by_when_they_were_taken_not_by_their_date():
    """The process that wrote the row may have a clock that is hours off."""
    reader = Reader()
    Notice.objects.filter(pk=add("old date").pk).update(created_at=timezone.now() - timedelta(hours=3))
    assert reader.read() == ["old date"]
    reader.now += LATE_SECONDS + 1
    assert reader.read() == []
    assert Notice.objects.exists()
    for _ in range(2):
        assert Notice.objects.exists()
        reader.now += KEPT_SECONDS + 1
        reader.read()
    assert not Notice.objects.exists()
