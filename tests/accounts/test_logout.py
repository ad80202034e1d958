import pytest

from accounts import signals
from accounts.models import Session
from tests.accounts.conftest import API, bearer, field_of

URL = f"{API}/auth/logout/"


def test_it_works(alice, anyone, sign_in, committed):
    tokens, elsewhere = sign_in("alice"), sign_in("alice")

    answer = anyone.post(URL, {"refresh": tokens["refresh"]})

    assert answer.status_code == 204
    assert anyone.post(f"{API}/auth/token/refresh/", {"refresh": tokens["refresh"]}).status_code == 401
    # Access tokens are not merely left to run out.
    assert anyone.get(f"{API}/users/me/", **bearer(tokens["access"])).status_code == 401
    assert anyone.get(f"{API}/users/me/", **bearer(elsewhere["access"])).status_code == 200


def test_open_sockets_are_told_once(alice, anyone, sign_in, committed):
    heard = []

    def hear(sid, **rest):
        heard.append(sid)

    signals.session_ended.connect(hear)
    token = sign_in("alice")["refresh"]
    try:
        with committed():
            anyone.post(URL, {"refresh": token})
            anyone.post(URL, {"refresh": token})
    finally:
        signals.session_ended.disconnect(hear)

    assert heard == [str(Session.objects.get().pk)]


def test_a_token_that_was_used_already_signs_its_device_out_too(alice, anyone, sign_in):
    first = sign_in("alice")["refresh"]
    second = anyone.post(f"{API}/auth/token/refresh/", {"refresh": first}).json()

    assert anyone.post(URL, {"refresh": first}).status_code == 204
    assert anyone.get(f"{API}/users/me/", **bearer(second["access"])).status_code == 401


def test_what_is_signed_out_already_is_fine(alice, anyone, sign_in):
    token = sign_in("alice")["refresh"]

    assert [anyone.post(URL, {"refresh": one}).status_code for one in (token, token, "unknown")] == [204, 204, 204]


@pytest.mark.parametrize("body", [{}, {"refresh": None}, {"refresh": ["x"]}, {"refresh": ""}, {"refresh": "x" * 201}])
def test_the_token_is_asked_for(db, anyone, body):
    answer = anyone.post(URL, body)

    assert answer.status_code == 400
    assert field_of(answer) == "refresh"
