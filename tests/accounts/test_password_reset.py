from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import links
from accounts.models import User
from accounts.services import create_guest, disable
from tests.accounts.conftest import API, bearer, field_of, mailed_link

URL = f"{API}/auth/password/reset/"
NEW = "battery staple horse"


@pytest.fixture
def ask(anyone, committed, mailoutbox):
    """``ask(address)``: the mails that it brought."""

    def make(address, **extra):
        with committed():
            answer = anyone.post(URL, {"email": address}, **extra)
        assert (answer.status_code, answer.content) == (202, b"")
        return mailoutbox

    return make


def confirm(client, uid, token, password=NEW):
    return client.post(f"{URL}confirm/", {"uid": uid, "token": token, "new_password": password})


def test_it_works(alice, anyone, sign_in, ask):
    old = sign_in("alice")
    mails = ask("ALICE@example.org")
    assert [mail.to for mail in mails] == [["alice@example.org"]]
    assert mails[0].body.count("http://testserver/accounts/reset/") == 1

    answer = confirm(anyone, *mailed_link(mails[0].body))

    assert answer.status_code == 204
    assert sign_in("alice", NEW)
    # Who had got in by the old password is out.
    assert anyone.get(f"{API}/users/me/", **bearer(old["access"])).status_code == 401
    assert anyone.post(f"{API}/auth/token/refresh/", {"refresh": old["refresh"]}).status_code == 401
    # The mail arrived, so the address is theirs.
    assert User.objects.get(username="alice").email_verified_at


def test_an_address_that_nobody_has_gets_the_same_answer_and_no_mail(alice, ask):
    assert ask("nobody@example.org") == []


def test_guests_and_disabled_accounts_get_none(alice, ask):
    create_guest(display_name="Gus")
    disable(by=None, user=alice)

    assert ask("alice@example.org") == []


def test_links_lead_to_the_configured_origin(alice, ask, settings):
    settings.PUBLIC_URL = "https://watch.example.org"

    assert "https://watch.example.org/accounts/reset/" in ask("alice@example.org")[0].body


def test_a_link_is_good_once(alice, anyone, ask):
    link = mailed_link(ask("alice@example.org")[0].body)
    assert confirm(anyone, *link).status_code == 204

    again = confirm(anyone, *link, "and another password")

    assert again.status_code == 400
    assert field_of(again) == "token"


def test_a_weak_password_does_not_use_the_link_up(alice, anyone, ask):
    link = mailed_link(ask("alice@example.org")[0].body)

    refused = confirm(anyone, *link, "12345678")
    assert (refused.status_code, field_of(refused)) == (400, "new_password")
    assert confirm(anyone, *link).status_code == 204


def test_a_link_runs_out(alice, anyone, ask):
    link = mailed_link(ask("alice@example.org")[0].body)
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        assert confirm(anyone, *link).status_code == 400


def test_a_link_is_for_one_user(alice, bob, anyone):
    assert confirm(anyone, links.uid_of(bob), links.resetting.make_token(alice)).status_code == 400


def test_a_link_that_verifies_an_address_resets_no_password(alice, anyone):
    assert confirm(anyone, links.uid_of(alice), links.verifying.make_token(alice)).status_code == 400


@pytest.mark.parametrize("uid", ["x", "", "é", "AAAA", "_" * 200, "MQ", 7, None, "a\0"])
@pytest.mark.parametrize("token", ["x", "x-y", "1" * 200, "b2b-\u0661"])
def test_rubbish_is_refused(db, anyone, uid, token):
    answer = confirm(anyone, uid, token)

    assert answer.status_code == 400
    assert field_of(answer) in ("uid", "token")


@pytest.mark.parametrize("address", ["", "alice", 7, None, ["alice@example.org"], "a@example.org,b@example.org"])
def test_an_address_is_exactly_one(db, anyone, address):
    answer = anyone.post(URL, {"email": address})

    assert answer.status_code == 400
    assert field_of(answer) == "email"


def test_it_is_limited_by_who_asks_and_by_who_would_be_mailed(alice, anyone, ask, settings):
    settings.RATE_LIMIT_RESET = "2/hour"
    for number in range(2):
        ask("alice@example.org", REMOTE_ADDR=f"203.0.113.{number}")
    mailed = anyone.post(URL, {"email": "Alice@example.org"}, REMOTE_ADDR="203.0.113.7")
    # Nobody's address counts alike: the limit tells nothing.
    for _ in range(2):
        ask("nobody@example.org")
    asked = anyone.post(URL, {"email": "somebody@example.org"})

    assert (mailed.status_code, asked.status_code) == (429, 429)
