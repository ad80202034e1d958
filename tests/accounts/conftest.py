"""What the tests of accounts share."""

import re
from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from tests.live import PASSWORD

API = "/api/v1"


@pytest.fixture
def anyone() -> APIClient:
    """Somebody of whom nothing is known."""
    return APIClient()


@pytest.fixture
def sign_in(anyone: APIClient) -> Callable[..., dict[str, str]]:
    """``sign_in("alice")``: the tokens of one more device."""

    def make(username: str, password: str = PASSWORD) -> dict[str, str]:
        answer = anyone.post(f"{API}/auth/token/", {"username": username, "password": password})
        assert answer.status_code == 200, answer.content
        tokens: dict[str, str] = answer.json()
        return tokens

    return make


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """``with committed():`` what would follow the commit follows at the end of the block."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def bearer(access: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {access}"}


def field_of(answer) -> str | None:
    """The field that a problem document names."""
    assert answer["Content-Type"] == "application/problem+json"
    field: str | None = answer.json()["errors"][0]["field"]
    return field


def mailed_link(text: str) -> tuple[str, str]:
    """The uid and token of the link in a mail."""
    found = re.search(r"https?://\S+/accounts/\w+/([^/]+)/([^/]+)/", text)
    assert found, text
    return found[1], found[2]
