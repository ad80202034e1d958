"""Kinds of rooms to begin with."""

import pytest

from accounts.models import User
from rooms.models import Room
from rooms.templates import TEMPLATES
from tests.rooms.conftest import Api, fields


def test_it_works(api: Api, alice: User):
    client = api(alice)
    told = {one["id"]: one for one in client.get("/api/v1/rooms/templates/").json()["results"]}
    assert set(told) == {"movie_night", "classroom"}

    made = client.post("/api/v1/rooms/", {"name": "Physics", "template": "classroom"}, format="json").json()
    assert (made["control"], made["allow_guests"], made["slow_mode"]) == ("host", False, 10)
    assert made["buffering"] == {"policy": "quorum", "grace": 0.5, "timeout": 15, "percent": 80}


def test_what_is_given_counts_more(api: Api, alice: User):
    wanted = {"name": "P", "template": "classroom", "slow_mode": 0, "buffering": {"timeout": 5}}
    made = api(alice).post("/api/v1/rooms/", wanted, format="json").json()
    assert (made["slow_mode"], made["control"]) == (0, "host")
    assert (made["buffering"]["policy"], made["buffering"]["timeout"]) == ("quorum", 5)


def test_there_are_no_others(api: Api, alice: User):
    answer = api(alice).post("/api/v1/rooms/", {"name": "P", "template": "opera"}, format="json")
    assert answer.status_code == 400
    assert fields(answer.json()) == ["template"]
    assert not Room.objects.exists()


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_makes_a_room(api: Api, alice: User, name: str):
    assert api(alice).post("/api/v1/rooms/", {"name": "P", "template": name}, format="json").status_code == 201
