import json

import pytest

from accounts import exports, signals
from accounts.models import RefreshToken, Session, User
from accounts.services import create_guest, issue_tokens
from tests.accounts.conftest import API, bearer, field_of, mailed_link

URL = f"{API}/users/me/"


def test_it_works(alice, api):
    answer = api(alice).get(URL)

    assert answer.status_code == 200
    assert set(answer.json()) == {
        "id", "username", "email", "display_name", "name", "is_guest", "email_verified_at", "date_joined",
    }  # fmt: skip
    assert answer.json()["id"] == str(alice.pk)


def test_it_is_for_who_is_signed_in(db, anyone):
    for ask in (anyone.get, anyone.patch, anyone.delete):
        assert ask(URL).status_code == 401


def test_a_name_is_changed_and_told(alice, api, committed):
    heard = []

    def hear(user_id, name, **rest):
        heard.append((user_id, name))

    signals.profile_changed.connect(hear)
    try:
        with committed():
            answer = api(alice).patch(URL, {"display_name": "Al"})
            api(alice).patch(URL, {"display_name": "Al"})
    finally:
        signals.profile_changed.disconnect(hear)

    assert (answer.status_code, answer.json()["name"]) == (200, "Al")
    assert heard == [(str(alice.pk), "Al")]


def test_without_a_display_name_the_user_name_is_shown(alice, api):
    assert api(alice).patch(URL, {"display_name": ""}).json()["name"] == "alice"


def test_a_new_address_is_to_be_verified(alice, api, anyone, committed, mailoutbox):
    User.objects.update(email_verified_at="2026-01-01T00:00:00Z")
    with committed():
        answer = api(alice).patch(URL, {"email": "alice@elsewhere.example"})

    assert answer.json()["email"] == "alice@elsewhere.example"
    assert answer.json()["email_verified_at"] is None
    assert mailoutbox[0].to == ["alice@elsewhere.example"]
    uid, token = mailed_link(mailoutbox[0].body)
    assert anyone.post(f"{API}/auth/email/verify/", {"uid": uid, "token": token}).status_code == 204


def test_the_same_address_stays_verified(alice, api, committed, mailoutbox):
    User.objects.update(email_verified_at="2026-01-01T00:00:00Z")
    with committed():
        answer = api(alice).patch(URL, {"email": "alice@example.org"})

    assert answer.json()["email_verified_at"]
    assert mailoutbox == []


def test_the_case_of_ones_own_name_may_change(alice, api):
    assert api(alice).patch(URL, {"username": "Alice"}).json()["username"] == "Alice"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"username": "BOB"}, "taken"),
        ({"email": "Bob@example.org"}, "taken"),
        ({"email": ""}, "blank"),
        ({"email": None}, "null"),
        ({"username": "al@home"}, "invalid"),
        ({"display_name": "A\nl"}, "invalid"),
        ({"display_name": 7}, "invalid"),
    ],
)
def test_a_refusal_names_the_field_and_changes_nothing(alice, bob, api, change, code):
    answer = api(alice).patch(URL, change)

    assert answer.status_code == 400
    assert field_of(answer) == next(iter(change))
    before = alice.username, alice.email, alice.display_name
    alice.refresh_from_db()
    assert (alice.username, alice.email, alice.display_name) == before


@pytest.mark.parametrize("field", ["is_staff", "is_superuser", "is_guest", "is_active", "email_verified_at", "id"])
def test_nothing_else_can_be_changed(alice, api, field):
    before = getattr(alice, field)
    api(alice).patch(URL, {field: True})

    alice.refresh_from_db()
    assert getattr(alice, field) == before


def test_a_guest_has_a_display_name_only(db, api):
    guest = create_guest(display_name="Gus")
    client = api(guest)

    assert client.get(URL).json()["is_guest"] is True
    assert client.patch(URL, {"display_name": "Gustav"}).status_code == 200
    assert client.patch(URL, {"email": "gus@example.org"}).status_code == 403


def test_erasure_leaves_nothing(alice, bob, anyone, committed):
    tokens = issue_tokens(user=alice)
    heard = []

    def before(user, by, **rest):
        assert User.objects.filter(pk=user.pk).exists()
        heard.append(("erased", f"{user.username} by {by.username}"))

    def after(user_id, **rest):
        heard.append(("disabled", user_id))

    alices = str(alice.pk)
    signals.user_erased.connect(before)
    signals.user_disabled.connect(after)
    try:
        with committed():
            answer = anyone.delete(URL, **bearer(tokens.access))
    finally:
        signals.user_erased.disconnect(before)
        signals.user_disabled.disconnect(after)

    assert answer.status_code == 204
    assert heard == [("erased", "alice by alice"), ("disabled", alices)]
    assert list(User.objects.all()) == [bob]
    assert not Session.objects.exists()
    assert not RefreshToken.objects.exists()
    assert anyone.get(URL, **bearer(tokens.access)).status_code == 401
    assert anyone.post(f"{API}/auth/token/refresh/", {"refresh": tokens.refresh}).status_code == 401


def test_the_export_has_all_that_is_held_and_no_secret(alice, bob, api, monkeypatch):
    monkeypatch.setattr(exports, "_exporters", dict(exports._exporters))
    exports.register_exporter("poems", lambda user: [f"by {user.username}", user.pk])

    answer = api(alice).get(f"{URL}export/")

    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'attachment; filename="watchparty-alice.json"'
    held = answer.json()
    assert held["account"]["email"] == "alice@example.org"
    assert [one["user_agent"] for one in held["devices"]] == ["tests"]
    assert held["poems"] == ["by alice", str(alice.pk)]
    assert alice.password not in json.dumps(held)
    assert "bob" not in json.dumps(held["account"])


def test_the_export_is_for_who_is_signed_in(db, anyone):
    assert anyone.get(f"{URL}export/").status_code == 401
