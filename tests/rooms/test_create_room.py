import re

import pytest
from django.contrib.auth.hashers import check_password

from accounts.models import User
from rooms import codes, services
from rooms.models import Room
from tests.rooms.conftest import Api, fields


def test_it_works(api: Api, alice: User):
    answer = api(alice).post("/api/v1/rooms/", {"name": "Movie night"})

    assert answer.status_code == 201
    made = answer.json()
    assert re.fullmatch(r"[a-z2-9]{3}-[a-z2-9]{4}-[a-z2-9]{3}", made["code"])
    assert made["name"] == "Movie night"
    assert made["visibility"] == "private"
    assert made["control"] == "everyone"
    assert made["buffering"] == {"policy": "everyone", "grace": 0.5, "timeout": 15.0}
    assert made["role"] == "host"
    assert made["owner"]["name"] == "Alice"
    assert made["member_count"] == 1
    assert made["has_password"] is False
    assert "password" not in made
    assert made["url"] == f"/rooms/{made['code']}/"
    assert made["websocket"] == f"/ws/rooms/{made['code']}/"


def test_everything_can_be_given(api: Api, alice: User):
    body = {
        "name": "Club",
        "visibility": "public",
        "password": "open sesame",
        "control": "moderators",
        "buffering": {"policy": "quorum", "grace": 1, "timeout": 20, "percent": 60},
        "allow_guests": False,
        "capacity": 7,
    }
    made = api(alice).post("/api/v1/rooms/", body).json()

    assert made["has_password"] is True
    assert {key: made[key] for key in body if key != "password"} == {
        key: value for key, value in body.items() if key != "password"
    }
    kept = Room.objects.get().password
    assert "sesame" not in kept
    assert check_password("open sesame", kept)


def test_a_quorum_without_a_percentage_is_half(api: Api, alice: User):
    made = api(alice).post("/api/v1/rooms/", {"name": "Club", "buffering": {"policy": "quorum"}}).json()

    assert made["buffering"]["percent"] == 50


def test_nobody_makes_a_room(api: Api, db: None):
    assert api().post("/api/v1/rooms/", {"name": "Club"}).status_code == 401


def test_a_guest_makes_no_room(api: Api, guest_in: User):
    answer = api(guest_in).post("/api/v1/rooms/", {"name": "Club"})

    assert answer.status_code == 403
    assert answer.json()["code"] == "guest"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "nul\x00"}, "name"),
        ({"name": ["list"]}, "name"),
        ({"name": None}, "name"),
        ({"name": "n", "visibility": "secret"}, "visibility"),
        ({"name": "n", "visibility": 1}, "visibility"),
        ({"name": "n", "control": {}}, "control"),
        ({"name": "n", "buffering": 3}, "buffering"),
        ({"name": "n", "buffering": {"policy": "never"}}, "buffering.policy"),
        ({"name": "n", "buffering": {"grace": -1}}, "buffering.grace"),
        ({"name": "n", "buffering": {"grace": True}}, "buffering.grace"),
        ({"name": "n", "buffering": {"timeout": True}}, "buffering.timeout"),
        ({"name": "n", "buffering": {"policy": "quorum", "percent": True}}, "buffering.percent"),
        ({"name": "n", "capacity": True}, "capacity"),
        ({"name": "n", "buffering": {"grace": "NaN"}}, "buffering.grace"),
        ({"name": "n", "buffering": {"timeout": "1e999"}}, "buffering.timeout"),
        ({"name": "n", "buffering": {"timeout": 10**400}}, "buffering.timeout"),
        ({"name": "n", "buffering": {"timeout": 0}}, "buffering.timeout"),
        ({"name": "n", "buffering": {"percent": 101}}, "buffering.percent"),
        ({"name": "n", "allow_guests": "perhaps"}, "allow_guests"),
        ({"name": "n", "capacity": 0}, "capacity"),
        ({"name": "n", "capacity": 10**400}, "capacity"),
        ({"name": "n", "capacity": 1.5}, "capacity"),
        ({"name": "n", "password": "x" * 129}, "password"),
        ({"name": "n", "password": {"a": 1}}, "password"),
    ],
)
def test_nonsense_is_named(api: Api, alice: User, body: object, field: str):
    answer = api(alice).post("/api/v1/rooms/", body)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert set(fields(answer.json())) == {field}
    assert not Room.objects.exists()


def test_a_list_is_no_room(api: Api, alice: User):
    assert api(alice).post("/api/v1/rooms/", ["name"]).status_code == 400


def test_codes_are_many_and_readable():
    made = {codes.new_code() for _ in range(2000)}

    assert len(made) == 2000
    assert not any(letter in code for code in made for letter in "01ilo")
    assert not any(code.startswith(codes.BENCH_PREFIX) for code in made)


def test_a_service_refuses_what_the_model_does(alice: User):
    from watchparty.errors import Invalid

    with pytest.raises(Invalid) as refused:
        services.create_room(by=alice, name="n", buffering={"grace": 99})
    assert refused.value.field == "buffering.grace"
