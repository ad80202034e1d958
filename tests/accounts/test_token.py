import pytest
from django.contrib.auth.hashers import make_password

from accounts import backends, signals
from tests.accounts.conftest import API, bearer
from tests.live import PASSWORD

URL = f"{API}/auth/token/"


@pytest.mark.parametrize("login", ["alice", "ALICE", "alice@example.org", "Alice@Example.ORG"])
def test_it_works_by_name_and_by_address(alice, anyone, login):
    answer = anyone.post(URL, {"username": login, "password": PASSWORD})

    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh"}
    assert anyone.get(f"{API}/users/me/", **bearer(answer.json()["access"])).json()["username"] == "alice"


@pytest.mark.parametrize(("login", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("nobody@example.org", "x")])
def test_it_tells_nobody_what_was_wrong(alice, anyone, login, password):
    answer = anyone.post(URL, {"username": login, "password": password})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "wrong_credentials"
    assert answer.json()["detail"] == "No active account has this name and password."


def test_a_disabled_account_looks_like_a_wrong_password(alice, anyone):
    alice.is_active = False
    alice.save()

    answer = anyone.post(URL, {"username": "alice", "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


def test_a_guest_has_no_password(db, anyone):
    from accounts.services import create_guest

    guest = create_guest(display_name="Gus")

    assert anyone.post(URL, {"username": guest.username, "password": ""}).status_code == 400
    assert anyone.post(URL, {"username": guest.username, "password": "!"}).status_code == 401


def test_a_name_that_nobody_has_is_hashed_for_as_well(alice, anyone, monkeypatch):
    hashed = []

    def noted(password):
        hashed.append(password)
        return make_password(password)

    monkeypatch.setattr(backends, "make_password", noted)

    anyone.post(URL, {"username": "nobody", "password": "whatever"})

    assert hashed == ["whatever"]


def test_failures_are_told_with_their_reason_to_the_audit_only(alice, anyone):
    heard = []

    def hear(reason, user, **rest):
        heard.append((reason, user))

    signals.sign_in_failed.connect(hear)
    try:
        anyone.post(URL, {"username": "alice", "password": "wrong"})
        anyone.post(URL, {"username": "nobody", "password": "wrong"})
    finally:
        signals.sign_in_failed.disconnect(hear)

    assert heard == [("wrong_password", alice), ("unknown_user", None)]


def test_an_address_of_another_alphabet_finds_its_user(db, anyone):
    from accounts.models import User

    User.objects.create_user("eva", "eva@BÜCHER.example", PASSWORD)

    assert anyone.post(URL, {"username": "EVA@bücher.example", "password": PASSWORD}).status_code == 200
