"""Every error of the API is problem+json, whoever raised it."""

from typing import Any

import pytest
from django.db import OperationalError, connection

from accounts.models import User

MEMBERS = {"type", "title", "status", "code", "detail", "errors"}


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v1/rooms/%00/", "/api/nowhere", "/api/v1/movies/1/"])
def test_an_unknown_path(api, alice: User, path: str):
    answer = api(alice).get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert set(answer.json()) == MEMBERS


def test_nobody_signed_in(api, db: None):
    answer = api().get("/api/v1/rooms/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["status"] == 401


def test_a_method_that_the_path_does_not_have(api, alice: User):
    answer = api(alice).put("/api/v1/rooms/", {})
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"


def test_a_media_type_that_is_not_taken(api, alice: User):
    answer = api(alice).post("/api/v1/rooms/", "<room/>", content_type="application/xml")
    assert answer.status_code == 415


def test_an_answer_in_a_form_that_there_is_not(api, alice: User):
    answer = api(alice).get("/api/v1/rooms/", HTTP_ACCEPT="application/xml")
    assert answer.status_code == 406
    assert answer["Content-Type"] == "application/problem+json"


def test_a_refused_value_names_its_field(api, alice: User):
    answer = api(alice).post("/api/v1/rooms/", {"name": "x" * 1000, "visibility": "secret"})
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {"name", "visibility"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1e999", b'{"name": NaN}', b'{"name": 1e999}', b"null", b"[" * 30_000, b'"\xff"']
)
def test_a_body_that_is_no_object(api, alice: User, body: bytes):
    answer = api(alice).post("/api/v1/rooms/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_database_that_does_not_answer(api, alice: User):
    def lost(*query: Any) -> None:
        raise OperationalError("couldn't get a connection after 5.00 sec")

    client = api(alice)
    with connection.execute_wrapper(lost):
        answer = client.get("/api/v1/rooms/")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer["Content-Type"] == "application/problem+json"


def test_an_unknown_host_is_refused(client, db: None):
    assert client.get("/", HTTP_HOST="evil.example").status_code == 400
