import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from movies.models import Movie
from rooms.models import Invite, Message, Room
from tests.rooms.conftest import Api

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media(settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def seed() -> Any:
    out = StringIO()
    call_command("seed_demo", stdout=out, json=True)
    return json.loads(out.getvalue())


def test_it_works_and_works_again(api: Api):
    first = seed()

    room = Room.objects.get()
    assert (room.name, room.code) == ("Demo cinema", first["room"])
    assert [line.text[:7] for line in Message.objects.all()] == ["Welcome", "Pause o", "What ha"]
    movie = Movie.objects.get()
    assert movie.status == "ready"
    assert movie.poster
    assert sorted(track.language for track in movie.subtitles.all()) == ["de", "en"]
    assert room.queue_entries.get().movie == movie
    assert [(one["username"], one["role"]) for one in first["accounts"]] == [
        ("admin", "admin"),
        ("alice", "host"),
        ("bob", "member"),
    ]
    for account in first["accounts"]:
        user = authenticate(username=account["username"], password=account["password"])
        assert user is not None
        assert user.is_superuser == (account["role"] == "admin")
    assert api().get(f"/api/v1/invites/{first['invite']}/").json()["room"]["name"] == "Demo cinema"

    again = seed()
    assert again["room"] == first["room"]
    assert again["accounts"] != first["accounts"]
    assert (Room.objects.count(), Movie.objects.count(), Message.objects.count(), User.objects.count()) == (1, 1, 3, 3)
    assert Invite.objects.filter(revoked_at=None).count() == 1
    assert api().get(f"/api/v1/invites/{first['invite']}/").status_code == 404
    assert api().get(f"/api/v1/invites/{again['invite']}/").status_code == 200


def test_it_takes_no_accounts_over(alice: User):
    with pytest.raises(CommandError, match="alice"):
        seed()
    assert not Room.objects.exists()
    alice.refresh_from_db()
    assert alice.has_usable_password()
