import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Session, User
from accounts.services import issue_tokens
from audit.models import Alarm
from audit.shipping import ship
from audit.watch import watch
from rooms import chat, services, tasks
from rooms.codes import BENCH_PREFIX
from rooms.models import Invite, Membership, Message, Room, Watched
from sync.models import SavedTimeline
from tests.rooms.conftest import Committed


def run(command: str, **options: Any) -> Any:
    out = StringIO()
    call_command(command, stdout=out, json=True, **options)
    return json.loads(out.getvalue())


def test_expired_devices_go(alice: User):
    now = timezone.now()
    sessions = [issue_tokens(user=alice).session for _ in range(4)]
    Session.objects.filter(pk=sessions[0].pk).update(expires_at=now)
    Session.objects.filter(pk=sessions[1].pk).update(ended_at=now - timedelta(days=30))
    Session.objects.filter(pk=sessions[2].pk).update(ended_at=now)

    assert run("purge_expired", dry_run=True)["devices"] == 2
    assert Session.objects.count() == 4
    assert run("purge_expired")["devices"] == 2
    assert {one.pk for one in Session.objects.all()} == {sessions[2].pk, sessions[3].pk}


def test_invites_that_no_longer_work_go(alice: User, room: Room):
    invites = [services.create_invite(by=alice, room=room, max_uses=1)[0] for _ in range(4)]
    Invite.objects.filter(pk=invites[0].pk).update(expires_at=timezone.now())
    Invite.objects.filter(pk=invites[1].pk).update(uses=1)
    services.revoke_invite(by=alice, invite=invites[2])

    assert run("purge_expired")["invites"] == 3
    assert Invite.objects.get().pk == invites[3].pk


def test_guests_of_closed_rooms_go(alice: User, guest_in: User, room: Room):
    assert run("purge_expired")["guests"] == 0
    services.close_room(by=alice, room=room)

    assert run("purge_expired")["guests"] == 1
    assert list(User.objects.all()) == [alice]


def aged(room: Room, user: User, *days: int) -> None:
    """A line and a watched movie of so many days ago each."""
    for number, ago in enumerate(days):
        at = timezone.now() - timedelta(days=ago)
        line = {"participant": "p", "author_name": "Alice", "text": "hi", "session": "s", "client_id": str(number)}
        Message.objects.create(room=room, chat_seq=number, user=user, sent_at=at, **line)
        Watched.objects.create(room=room, title="Clip", seq=number, started_at=at)


def test_what_is_older_than_is_kept_goes(alice: User, room: Room, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("rooms.services.housekeeping.AT_ONCE", 2)
    settings.RETENTION_CHAT_DAYS, settings.RETENTION_WATCHED_DAYS = 10, 20
    aged(room, alice, 30, 25, 21, 15, 3)

    dry = run("purge_expired", dry_run=True)
    assert (dry["messages"], dry["watched"]) == (4, 3)
    assert run("purge_expired")["messages"] == 4
    assert [line.chat_seq for line in Message.objects.all()] == [4]
    assert [one.seq for one in Watched.objects.order_by("seq")] == [3, 4]


def test_zero_days_are_for_ever(alice: User, room: Room, settings: Settings):
    settings.RETENTION_SESSIONS_DAYS = 0
    aged(room, alice, 4000)
    issue_tokens(user=alice)
    Session.objects.update(ended_at=timezone.now() - timedelta(days=4000), expires_at=timezone.now())

    found = run("purge_expired")
    assert (found["devices"], found["messages"], found["watched"]) == (0, 0, 0)
    assert Session.objects.count() == Message.objects.count() == Watched.objects.count() == 1


def test_the_worker_does_it_daily_and_leaves_a_benchmark_alone(alice: User, room: Room, settings: Settings):
    settings.RETENTION_CHAT_DAYS = 10
    aged(room, alice, 30)
    Room.objects.filter(pk=room.pk).update(code=f"{BENCH_PREFIX}1")
    tasks.purge_daily.call_local()
    assert not Message.objects.exists()
    assert Room.objects.filter(pk=room.pk).exists()


def test_nothing_of_it_troubles_the_audit_trail(alice: User, room: Room, settings: Settings):
    settings.RETENTION_CHAT_DAYS = settings.RETENTION_WATCHED_DAYS = 10
    aged(room, alice, 30)
    ship()
    run("purge_expired")
    assert watch().verified
    assert not Alarm.objects.exists()


def long_ago(room: Room) -> None:
    past = timezone.now() - timedelta(days=100)
    Room.objects.filter(pk=room.pk).update(created_at=past)
    Membership.objects.filter(room=room).update(joined_at=past)


def heard(room: Room, *, days_ago: int) -> None:
    at = (timezone.now() - timedelta(days=days_ago)).timestamp()
    SavedTimeline.objects.create(room=str(room.pk), seq=1, timeline="{}", applied="[]", heard_at=at)


def test_an_idle_room_is_closed(committed: Committed, alice: User, room: Room, private: Room):
    long_ago(room)
    heard(room, days_ago=99)

    assert run("close_idle_rooms", dry_run=True)["rooms"] == [room.code]
    told = committed(lambda: run("close_idle_rooms"))
    assert told == [("room_closed", str(room.pk))]
    assert run("close_idle_rooms")["rooms"] == []
    private.refresh_from_db()
    assert private.closed_at is None


def test_one_that_is_watched_in_is_not(room: Room):
    long_ago(room)
    heard(room, days_ago=3)

    assert run("close_idle_rooms")["rooms"] == []
    assert run("close_idle_rooms", days=2)["rooms"] == [room.code]


def test_one_that_is_talked_in_is_not(alice: User, room: Room):
    long_ago(room)
    chat.post_line(
        room_id=str(room.pk), user_id=str(alice.pk), name="Alice", participant_id="p", session="s", id="1", text="hi"
    )

    assert run("close_idle_rooms")["rooms"] == []


def test_one_that_somebody_joined_is_not(bob: User, room: Room):
    long_ago(room)
    services.join(by=bob, room=room)

    assert run("close_idle_rooms")["rooms"] == []
