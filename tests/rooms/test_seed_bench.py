import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Session, User
from accounts.tokens import verify_access
from rooms import services
from rooms.models import Room
from tests.rooms.conftest import Api

pytestmark = pytest.mark.django_db


def run(command: str, **options: Any) -> str:
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def test_it_works(api: Api):
    made = json.loads(run("seed_bench", rooms=3, participants=4))

    assert [len(room["users"]) for room in made] == [4, 4, 4]
    people = [verify_access(token).user for room in made for token in room["users"]]
    assert len({user.pk for user in people}) == 12
    assert not any(user.has_usable_password() for user in people)
    host = api()
    host.credentials(HTTP_AUTHORIZATION=f"Bearer {made[0]['users'][0]}")
    shown = host.get(f"/api/v1/rooms/{made[0]['room']}/").json()
    assert (shown["role"], shown["member_count"]) == ("host", 4)
    assert shown["name"].startswith("bench-")


def test_many_people_are_a_few_queries(django_assert_max_num_queries: Any):
    with django_assert_max_num_queries(50):
        made = json.loads(run("seed_bench", rooms=1, participants=1000))
    assert len(made[0]["users"]) == 1000
    assert Room.objects.get().capacity == 1000


@pytest.mark.parametrize(("rooms", "participants"), [(0, 1), (1, 0), (-1, 5), (1000, 1000)])
def test_nonsense_is_refused(rooms: int, participants: int):
    with pytest.raises(CommandError):
        run("seed_bench", rooms=rooms, participants=participants)


def test_purging_removes_it_and_nothing_else(alice: User, bob: User):
    services.create_room(by=alice, name="bench-mark of cinema")
    User.objects.create_user("bench-warmer")
    run("seed_bench", rooms=2, participants=3)

    would = json.loads(run("purge_expired", dry_run=True, json=True))
    assert (would["bench_rooms"], would["bench_users"]) == (2, 6)
    assert Room.objects.count() == 3

    assert json.loads(run("purge_expired", json=True)) == would | {"dry_run": False}
    assert [room.name for room in Room.objects.all()] == ["bench-mark of cinema"]
    assert set(User.objects.values_list("username", flat=True)) == {"alice", "bob", "bench-warmer"}
    assert not Session.objects.exists()
