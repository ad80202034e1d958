"""The audit trail on PostgreSQL, whose rows are written otherwise than SQLite's."""

import json

import psycopg
import pytest

from tests.live import LiveServer, Person
from tests.waiting import PATIENCE, held_within

pytestmark = pytest.mark.server


def test_what_happened_is_shipped_and_true(stack: LiveServer, crowd: list[Person]):
    # The second has something personal, a list, and no room.
    crowd[0].room()
    crowd[0].http.patch("users/me/", json={"display_name": "Zoë 🎬"}).raise_for_status()
    with psycopg.connect(stack.extra["DATABASE_URL"], connect_timeout=5, autocommit=True) as database:

        def all_are_in() -> bool:
            places = database.execute("SELECT tx FROM audit_outboxevent WHERE fact = 'user.profile_changed'").fetchall()
            return bool(places) and (None,) not in places

        assert held_within(PATIENCE, all_are_in), stack.log("worker")
    said = json.loads(stack.manage("verify_audit", "--json"))
    assert said["verified"]
    assert said["entries"] > 0
    # Read as texts, each row is what was sealed.
    assert said["alarms"] == []
