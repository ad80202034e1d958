"""A browser's Django session is a signed-in device like any other."""

from uuid import UUID

import pytest
from django.contrib.sessions.models import Session as DjangoSession
from django.test import Client
from rest_framework.test import APIClient

from accounts import selectors, signals
from accounts.models import Session, User
from accounts.services import create_guest, disable, end_session
from tests.accounts.conftest import API
from tests.live import PASSWORD

ME = f"{API}/users/me/"


@pytest.fixture
def browser(alice):
    """Alice's, signed in by the page."""
    client = Client(enforce_csrf_checks=False)
    answer = client.post("/accounts/login/", {"username": "alice", "password": PASSWORD}, HTTP_USER_AGENT="Firefox")
    assert answer.status_code == 302
    return client


def test_it_works(alice, browser):
    session = Session.objects.get()

    assert (session.kind, session.user, session.user_agent, session.ip) == ("web", alice, "Firefox", "127.0.0.1")
    assert browser.session["sid"] == str(session.pk)
    assert browser.get(ME).json()["username"] == "alice"
    listed = browser.get(f"{API}/auth/sessions/").json()["results"]
    assert [(one["kind"], one["current"]) for one in listed] == [("web", True)]


def test_the_websocket_finds_it_by_its_cookie(alice, browser):
    identity = selectors.live_web_session(browser.session.session_key)

    assert identity is not None
    assert (identity.user, identity.sid) == (alice, browser.session["sid"])


@pytest.mark.parametrize("key", [None, "", "short", "x" * 32, "x" * 41, "../../etc", "a\0b" * 10, "é" * 32])
def test_a_cookie_that_is_none_of_ours_is_nobody(db, key):
    assert selectors.live_web_session(key) is None


def test_signing_out_on_the_page_ends_the_device(browser, committed):
    key, heard = browser.session.session_key, []

    def hear(sid, **rest):
        heard.append(sid)

    signals.session_ended.connect(hear)
    try:
        with committed():
            browser.post("/accounts/logout/")
    finally:
        signals.session_ended.disconnect(hear)

    assert heard == [str(Session.objects.get().pk)]
    assert selectors.live_web_session(key) is None
    assert browser.get(ME).status_code == 401


def test_ending_it_from_elsewhere_signs_the_browser_out(alice, browser):
    key = browser.session.session_key
    end_session(by=alice, session=Session.objects.get())

    assert not DjangoSession.objects.filter(pk=key).exists()
    assert selectors.live_web_session(key) is None
    assert browser.get(ME).status_code == 401
    assert browser.get("/accounts/profile/").status_code == 302


def test_ending_it_by_itself_works_too(browser):
    answer = browser.delete(f"{API}/auth/sessions/{browser.session['sid']}/")

    assert answer.status_code == 204
    assert browser.get(ME).status_code == 401


def test_a_django_session_whose_device_is_out_is_nobody(alice, browser):
    """Even when the deletion of Django's row is lost in a race with a save."""
    Session.objects.update(ended_at="2026-01-01T00:00:00Z")

    assert browser.get(ME).status_code == 401
    assert selectors.live_web_session(browser.session.session_key) is None


def test_a_disabled_user_is_out(alice, browser):
    key = browser.session.session_key
    disable(by=None, user=alice)

    assert browser.get(ME).status_code == 401
    assert selectors.live_web_session(key) is None


def test_signing_in_anew_in_the_same_browser_keeps_the_device(alice, browser):
    browser.post("/accounts/login/", {"username": "alice", "password": PASSWORD})

    session = Session.objects.get()
    assert session.session_key == browser.session.session_key
    assert browser.get(ME).status_code == 200


def test_changing_the_password_keeps_this_browser_and_ends_the_others(alice, browser, sign_in):
    other = Client()
    other.force_login(alice)
    app = sign_in("alice")

    body = {"old_password": PASSWORD, "new_password": "battery staple horse"}
    answer = browser.post(f"{API}/auth/password/change/", body, content_type="application/json")

    assert answer.status_code == 204
    assert browser.get(ME).status_code == 200
    assert selectors.live_web_session(browser.session.session_key) is not None
    assert other.get(ME).status_code == 401
    assert APIClient().get(ME, HTTP_AUTHORIZATION=f"Bearer {app['access']}").status_code == 401


def test_a_post_needs_the_csrf_token(alice):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)

    refused = strict.patch(ME, {"display_name": "Al"}, content_type="application/json")
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"

    strict.cookies["csrftoken"] = "x" * 32
    token = {"X-CSRFToken": "x" * 32}
    assert strict.patch(ME, {"display_name": "Al"}, content_type="application/json", headers=token).status_code == 200


def test_a_bearer_goes_before_the_cookie(browser, bob, sign_in):
    answer = browser.get(ME, HTTP_AUTHORIZATION=f"Bearer {sign_in('bob')['access']}")

    assert answer.json()["username"] == "bob"


@pytest.mark.parametrize("way", ["login", "register"])
def test_becoming_somebody_else_signs_the_old_one_out(db, committed, way):
    """A guest is sent to these pages too, and leaves a device and its sockets behind."""
    guest = create_guest(display_name="Gus")
    User.objects.create_user(username="zoe", password=PASSWORD)
    shared, heard = Client(), []
    shared.force_login(guest)
    left = Session.objects.get(user=guest)

    def hear(sid, **rest):
        heard.append(sid)

    signals.session_ended.connect(hear)
    try:
        with committed():
            body = {"username": "zoe" if way == "login" else "ann", "email": "ann@example.org", "password": PASSWORD}
            assert shared.post(f"/accounts/{way}/", body).status_code == 302
    finally:
        signals.session_ended.disconnect(hear)

    assert heard == [str(left.pk)]
    assert list(Session.objects.live().exclude(user=guest).values_list("pk", flat=True)) == [
        UUID(shared.session["sid"])
    ]
    assert not Session.objects.live().filter(user=guest).exists()
