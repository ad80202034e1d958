"""Who may upload, asked before there is a request."""

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from accounts.models import User
from accounts.scopes import admit_upload
from accounts.services import create_guest, issue_tokens
from watchparty.errors import Forbidden, NotAuthenticated, RateLimited


@pytest.fixture(autouse=True)
def _keep_connection(monkeypatch):
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)


def ask(**headers):
    async_to_sync(admit_upload)({"headers": [(name.encode(), value.encode()) for name, value in headers.items()]})


def bearer(user):
    return f"Bearer {issue_tokens(user=user).access}"


def cookie(user):
    browser = Client()
    browser.force_login(user)
    return f"theme=dark; sessionid={browser.cookies['sessionid'].value}"


def test_it_works(alice):
    ask(authorization=bearer(alice))
    ask(cookie=cookie(alice))


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer x"}, {"authorization": "Basic x"}, {"cookie": "sessionid=x"}]
)
def test_nobody_may_not(db, headers):
    with pytest.raises(NotAuthenticated):
        ask(**headers)


def test_a_bad_token_is_not_mended_by_a_good_cookie(alice):
    with pytest.raises(NotAuthenticated):
        ask(authorization="Bearer x", cookie=cookie(alice))


def test_who_was_disabled_may_not(alice):
    header = bearer(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(NotAuthenticated):
        ask(authorization=header)


def test_guests_may_not(db):
    guest = create_guest(display_name="Gus")
    for headers in ({"authorization": bearer(guest)}, {"cookie": cookie(guest)}):
        with pytest.raises(Forbidden):
            ask(**headers)


def test_only_so_often(alice, bob, settings):
    settings.RATE_LIMIT_UPLOAD = "2/hour"
    ask(authorization=bearer(alice))
    ask(cookie=cookie(alice))
    with pytest.raises(RateLimited):
        ask(authorization=bearer(alice))
    ask(authorization=bearer(bob))
