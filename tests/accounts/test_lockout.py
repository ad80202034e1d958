"""RATE_LIMIT_TOKEN: failed sign-ins only, per account and per address."""

import threading
import time

import pytest
from django.test import Client

from accounts.lockout import counted_failures
from tests.accounts.conftest import API
from tests.live import PASSWORD
from watchparty.errors import NotAuthenticated, RateLimited

URL = f"{API}/auth/token/"


@pytest.fixture(autouse=True)
def _three_a_minute(settings):
    settings.RATE_LIMIT_TOKEN = "3/minute"


def fail(client, login="alice", address="127.0.0.1"):
    return client.post(URL, {"username": login, "password": "wrong"}, REMOTE_ADDR=address).status_code


def test_an_account_is_locked_whatever_the_address_and_the_name_it_is_called_by(alice, anyone):
    logins = ["alice", "ALICE", "alice@example.org"]
    assert [fail(anyone, login, f"203.0.113.{n}") for n, login in enumerate(logins)] == [401, 401, 401]

    answer = anyone.post(URL, {"username": "alice", "password": PASSWORD}, REMOTE_ADDR="203.0.113.77")

    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60


def test_an_address_is_locked_whatever_the_account(alice, anyone):
    assert [fail(anyone, f"nobody{number}") for number in range(4)] == [401, 401, 401, 429]

    assert fail(anyone, "alice", "203.0.113.5") == 401


def test_a_name_that_nobody_has_locks_the_same(db, anyone):
    assert [fail(anyone, "ghost", f"203.0.113.{n}") for n in range(4)] == [401, 401, 401, 429]


def test_a_user_of_ipv6_is_one_address(alice, anyone):
    """They have 2⁶⁴ of them."""
    assert [fail(anyone, f"nobody{n}", f"2001:db8::{n}") for n in range(4)] == [401, 401, 401, 429]


def test_a_forwarded_address_is_not_believed(alice, anyone):
    codes = []
    for number in range(4):
        wrong = {"username": f"nobody{number}", "password": "wrong"}
        codes.append(anyone.post(URL, wrong, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}").status_code)

    assert codes == [401, 401, 401, 429]


def test_success_counts_for_nothing(alice, anyone, sign_in):
    for _ in range(5):
        refresh = sign_in("alice")["refresh"]
        assert anyone.post(f"{URL}refresh/", {"refresh": refresh}).status_code == 200


def test_refreshes_count_for_nothing(alice, anyone):
    for _ in range(5):
        assert anyone.post(f"{URL}refresh/", {"refresh": "rubbish"}).status_code == 401

    assert fail(anyone) == 401


def test_the_page_counts_too(alice, anyone):
    browser = Client()
    for _ in range(3):
        browser.post("/accounts/login/", {"username": "alice", "password": "wrong"})

    browser.post("/accounts/login/", {"username": "alice", "password": PASSWORD})

    assert "_auth_user_id" not in browser.session
    assert fail(anyone) == 429


def test_the_admin_has_no_way_in_of_its_own(alice):
    alice.is_staff = True
    alice.save()
    browser = Client()

    answer = browser.post("/admin/login/", {"username": "alice", "password": PASSWORD})

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in browser.session


def test_a_wrong_old_password_counts(alice, api):
    client = api(alice)
    body = {"old_password": "wrong", "new_password": "another good one"}

    codes = [client.post(f"{API}/auth/password/change/", body).status_code for _ in range(4)]

    assert codes == [400, 400, 400, 429]


def at_once(number, attempt):
    """What ``number`` threads got from ``attempt`` that began together."""
    begin, got = threading.Barrier(number), []

    def run():
        begin.wait()
        try:
            got.append(attempt())
        except (RateLimited, NotAuthenticated) as error:
            got.append(type(error))

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_forty_guesses_at_once_get_no_further_than_forty_in_a_row():
    def guess():
        with counted_failures(("account", "alice"), ("address", "203.0.113.1")):
            time.sleep(0.01)  # the hashing
            raise NotAuthenticated("wrong")

    got = at_once(40, guess)

    assert got.count(NotAuthenticated) == 3
    assert got.count(RateLimited) == 37


def test_forty_people_at_once_all_get_in():
    def right():
        with counted_failures(("address", "203.0.113.1")):
            time.sleep(0.005)
            return "in"

    assert at_once(40, right) == ["in"] * 40
