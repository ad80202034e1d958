"""Whatever comes in, the answer is a problem document and never a 500."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from rooms import services
from rooms.models import Room
from tests.rooms.conftest import Api

ENDPOINTS = {
    ("post", "rooms/"): ["name", "visibility", "password", "control", "buffering", "allow_guests", "capacity"],
    ("patch", "rooms/{code}/"): ["name", "password", "control", "buffering", "capacity"],
    ("post", "rooms/{code}/join/"): ["password"],
    ("patch", "rooms/{code}/members/{user}/"): ["role"],
    ("post", "rooms/{code}/bans/"): ["user"],
    ("post", "rooms/{code}/invites/"): ["email", "max_uses", "expires_in"],
    ("post", "auth/guest/"): ["invite", "display_name"],
    ("post", "rooms/{code}/commands/"): ["type", "id", "position", "rate", "item", "after", "at", "force"],
    ("post", "rooms/{code}/queue/"): ["movie"],
}
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.just(10**400)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(["1e999", "NaN", "\x00", "seek", "load", "play", "host", "everyone", "a@b.c", "'; DROP TABLE--"])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(data=st.data())
def test_nothing_breaks_it(
    api: Api, alice: User, bob_in: User, room: Room, method: str, path: str, data: st.DataObject
):
    keys = ENDPOINTS[method, path]
    body = data.draw(values | st.dictionaries(st.sampled_from(keys), values, min_size=1))
    client = api(alice)
    client.raise_request_exception = False

    url = "/api/v1/" + path.format(code=room.code, user=bob_in.pk)
    answer = client.generic(method.upper(), url, json.dumps(body), content_type="application/json")

    assert answer.status_code < 500, answer.content
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert set(answer.json()) >= {"type", "title", "status", "detail", "errors"}


@pytest.mark.parametrize("text", ["{", "[" * 20_000, '{"name": 1e999}', '{"name": NaN}', "\xff", '{"a":' * 500, ""])
def test_broken_json(api: Api, alice: User, text: str):
    answer = api(alice).post("/api/v1/rooms/", text.encode("latin-1"), content_type="application/json")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "x"])
def test_another_kind_of_body(api: Api, alice: User, kind: str):
    answer = api(alice).post("/api/v1/rooms/", b"name=x", content_type=kind)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "rooms/{code}/"),
        ("delete", "rooms/"),
        ("get", "rooms/{code}/join/"),
        ("get", "rooms/{code}/ticket/"),
        ("post", "rooms/{code}/members/"),
        ("post", "rooms/{code}/state/"),
        ("patch", "rooms/{code}/messages/"),
    ],
)
def test_another_method(api: Api, alice: User, room: Room, method: str, path: str):
    answer = getattr(api(alice), method)(f"/api/v1/{path.format(code=room.code)}")

    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["rooms/{code}/nothing/", "rooms/{code}/members/me/", "rooms/{code}/messages/x/"])
def test_another_path(api: Api, alice: User, room: Room, path: str):
    answer = api(alice).get(f"/api/v1/{path.format(code=room.code)}")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


BROWSED = [
    "",
    "join/",
    "leave/",
    "members/",
    "bans/",
    "invites/",
    "ticket/",
    "state/",
    "commands/",
    "messages/",
    "queue/",
]


@pytest.mark.parametrize("path", ["rooms/", *(f"rooms/{{code}}/{tail}" for tail in BROWSED)])
def test_the_api_can_be_browsed(client: Any, alice: User, bob_in: User, room: Room, path: str):
    services.create_invite(by=alice, room=room)
    services.ban(by=alice, room=room, user=bob_in)
    client.force_login(alice)
    answer = client.get(f"/api/v1/{path.format(code=room.code)}", HTTP_ACCEPT="text/html")

    # What is for posting only says so on a page with a form.
    assert answer.status_code == (405 if path.endswith(("join/", "leave/", "ticket/", "commands/")) else 200)
    assert answer["Content-Type"].startswith("text/html")
    assert room.code in answer.content.decode()
