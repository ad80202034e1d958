import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import RefreshToken, Session
from accounts.services import issue_tokens
from tests.accounts.conftest import API, bearer

URL = f"{API}/auth/token/refresh/"


def refresh(client, token):
    return client.post(URL, {"refresh": token})


def me(client, access):
    return client.get(f"{API}/users/me/", **bearer(access)).status_code


def test_it_works(alice, anyone, sign_in):
    first = sign_in("alice")
    answer = refresh(anyone, first["refresh"])

    assert answer.status_code == 200
    second = answer.json()
    assert set(second) == {"access", "refresh"}
    assert second["refresh"] != first["refresh"]
    assert me(anyone, second["access"]) == 200
    assert me(anyone, first["access"]) == 200
    assert refresh(anyone, second["refresh"]).status_code == 200
    assert Session.objects.count() == 1


def test_a_token_that_comes_twice_ends_its_family(alice, anyone, sign_in):
    first, other_device = sign_in("alice"), sign_in("alice")
    second = refresh(anyone, first["refresh"]).json()

    answer = refresh(anyone, first["refresh"])

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert refresh(anyone, second["refresh"]).status_code == 401
    assert me(anyone, second["access"]) == 401
    assert refresh(anyone, other_device["refresh"]).status_code == 200


def test_it_is_kept_hashed_only(alice):
    tokens = issue_tokens(user=alice)

    assert tokens.refresh not in str(list(RefreshToken.objects.values()))


@pytest.mark.parametrize("token", ["x", "ü" * 40, "a.b.c"])
def test_an_unknown_one_is_refused(db, anyone, token):
    answer = refresh(anyone, token)

    assert answer.status_code == 401
    assert answer.json()["code"] == "token_invalid"


def test_an_access_token_is_no_refresh_token(alice, anyone, sign_in):
    assert refresh(anyone, sign_in("alice")["access"]).status_code in (400, 401)


def test_the_family_has_an_end_that_no_rotation_moves(alice, anyone, sign_in, settings):
    token = sign_in("alice")["refresh"]
    with time_machine.travel(timezone.now() + timedelta(days=settings.REFRESH_TOKEN_DAYS, minutes=-1)):
        answer = refresh(anyone, token)
        assert answer.status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=settings.REFRESH_TOKEN_DAYS, minutes=1)):
        assert refresh(anyone, answer.json()["refresh"]).status_code == 401


def test_a_deleted_users_is_refused(alice, anyone, sign_in):
    token = sign_in("alice")["refresh"]
    alice.delete()

    assert refresh(anyone, token).status_code == 401


def test_a_disabled_users_is_refused(alice, anyone, sign_in):
    token = sign_in("alice")["refresh"]
    type(alice).objects.update(is_active=False)

    assert refresh(anyone, token).status_code == 401


def test_it_notes_where_the_device_was_seen_last(alice, anyone, sign_in):
    token = sign_in("alice")["refresh"]
    later = timezone.now() + timedelta(hours=1)
    with time_machine.travel(later, tick=False):
        anyone.post(URL, {"refresh": token}, HTTP_USER_AGENT="Phone", REMOTE_ADDR="203.0.113.9")

    session = Session.objects.get()
    assert (session.user_agent, session.ip) == ("Phone", "203.0.113.9")
    assert abs(session.last_seen_at - later) < timedelta(seconds=1)


@pytest.mark.django_db(transaction=True)
def test_of_ten_at_once_one_succeeds_and_the_family_ends(alice):
    """Two clients hold the token, so it was copied: the one that was first keeps nothing either."""
    token = issue_tokens(user=alice).refresh
    begin, answers = threading.Barrier(10), []

    def ask():
        begin.wait()
        try:
            answers.append(refresh(APIClient(), token))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    codes = [answer.status_code for answer in answers]
    assert sorted(codes) == [200] + [401] * 9
    won = answers[codes.index(200)].json()
    assert Session.objects.get().ended_at is not None
    assert refresh(APIClient(), won["refresh"]).status_code == 401
    assert RefreshToken.objects.count() == 2
