import re
from typing import Any

from accounts import links
from accounts.models import User
from accounts.services import sign_in
from tests.live import PASSWORD
from tests.pages.conftest import Browser

NEW = "a whole new sentence"


def test_it_works(browser: Browser, alice: User):
    client, page = browser(), links.verify_page(alice)
    assert client.get(page).status_code == 200
    alice.refresh_from_db()
    assert alice.email_verified_at is None
    assert client.post(page).status_code == 302
    alice.refresh_from_db()
    assert alice.email_verified_at is not None


def test_a_made_up_link_verifies_nothing(browser: Browser, alice: User):
    answer = browser().post(f"/accounts/verify/{links.uid_of(alice)}/made-up/")
    assert answer.status_code == 400
    assert b"no longer good" in answer.content


def test_a_forgotten_password_is_replaced_by_a_mailed_link(
    browser: Browser, alice: User, mailoutbox: list[Any], django_capture_on_commit_callbacks
):
    client = browser()
    with django_capture_on_commit_callbacks(execute=True):
        assert b"Look into your mail" in client.post("/accounts/reset/", {"email": alice.email}).content
    found = re.search(r"http://testserver(/accounts/reset/\S+)", mailoutbox[0].body)
    assert found
    assert client.get(found[1]).status_code == 200
    assert client.post(found[1], {"new_password": NEW})["Location"] == "/accounts/login/"
    assert sign_in(username="alice", password=NEW) == alice


def test_an_unknown_address_gets_the_same_answer(browser: Browser, alice: User, mailoutbox: list[Any]):
    known = browser().post("/accounts/reset/", {"email": alice.email})
    unknown = browser().post("/accounts/reset/", {"email": "nobody@example.org"})
    assert known.status_code == unknown.status_code == 200
    assert b"Look into your mail" in unknown.content


def test_a_used_link_resets_nothing(browser: Browser, alice: User):
    page, client = links.reset_page(alice), browser()
    client.post(page, {"new_password": NEW})
    answer = client.post(page, {"new_password": "another long sentence"})
    assert answer.status_code == 422
    assert b"no longer good" in answer.content
    assert sign_in(username="alice", password=NEW) == alice


def test_a_weak_password_is_told_at_the_field(browser: Browser, alice: User):
    answer = browser().post(links.reset_page(alice), {"new_password": "12345678"})
    assert answer.status_code == 422
    assert b'id="id_new_password_error"' in answer.content
    assert sign_in(username="alice", password=PASSWORD) == alice
