"""Whatever comes, no page breaks."""

import pytest

from accounts.models import User
from rooms.models import Room
from tests.pages.conftest import Browser

ODD = [
    "\0",
    "../../etc/passwd",
    "%",
    "\ud800".encode("utf-8", "surrogatepass").hex(),
    "💥" * 300,
    "' OR 1=1 --",
    "{{7*7}}",
]
FORMS = [
    "/accounts/login/",
    "/accounts/register/",
    "/accounts/reset/",
    "/accounts/reset/a/b/",
    "/accounts/verify/a/b/",
    "/accounts/profile/change/",
    "/accounts/profile/password/",
    "/accounts/profile/erase/",
    "/rooms/new/",
    "/movies/new/",
]
FIELDS = [
    "username",
    "email",
    "password",
    "display_name",
    "new_password",
    "old_password",
    "next",
    "name",
    "movie",
    "title",
]


@pytest.mark.parametrize("odd", ODD)
def test_odd_paths_are_not_found(browser: Browser, alice: User, odd: str):
    client = browser(alice)
    for path in (f"/rooms/{odd}/", f"/i/{odd}/", f"/i/{odd}/qr.svg", f"/movies/{odd}/", f"/rooms/{odd}/settings/"):
        assert client.get(path).status_code in (301, 404), path
    assert client.get("/rooms/", {"code": odd}).status_code in (302, 404)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("signed_in", [False, True])
def test_odd_values_are_refused(browser: Browser, alice: User, path: str, signed_in: bool):
    for odd in ODD:
        answer = browser(alice if signed_in else None).post(path, dict.fromkeys(FIELDS, odd))
        assert answer.status_code in (302, 400, 422), odd


def test_odd_settings_are_refused(browser: Browser, alice: User, room: Room):
    client = browser(alice)
    for odd in [*ODD, "1e999", "nan", "-1"]:
        fields = ["name", "visibility", "control", "policy", "percent", "grace", "timeout", "capacity", "role"]
        for rest in ("", "invites/"):
            sent = dict.fromkeys([*fields, "email", "expires_in", "max_uses"], odd)
            assert client.post(f"/rooms/{room.code}/settings/{rest}", sent).status_code == 422, odd
    assert (
        client.post(f"/rooms/{room.code}/settings/invites/", {"expires_in": "86400", "max_uses": "9" * 30}).status_code
        == 422
    )


def test_other_methods_are_refused(browser: Browser, alice: User):
    for path in ("/", "/movies/", "/accounts/profile/"):
        assert browser(alice).delete(path).status_code == 405
