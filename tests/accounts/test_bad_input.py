"""Whatever is sent: a problem document, never a 500."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.accounts.conftest import API

PUBLIC = [
    "auth/register/",
    "auth/token/",
    "auth/token/refresh/",
    "auth/logout/",
    "auth/password/reset/",
    "auth/password/reset/confirm/",
    "auth/email/verify/",
]
SIGNED_IN = ["auth/password/change/"]
FIELDS = ["username", "email", "password", "display_name", "refresh", "uid", "token", "old_password", "new_password"]

BODIES = {
    "empty": b"",
    "no JSON": b"{",
    "two values": b"{}{}",
    "trailing comma": b'{"username": "a",}',
    "NaN": b'{"username": NaN}',
    "infinite": b'{"username": 1e999}',
    "minus infinity": b'{"username": -Infinity}',
    "nested lists": b"[" * 20_000,
    "nested objects": b'{"a":' * 20_000,
    "nested and closed": b"[" * 20_000 + b"]" * 20_000,
    "list": b"[]",
    "text": b'"text"',
    "number": b"7",
    "null": b"null",
    "half a surrogate": b'{"username": "\\ud800"}',
    "bad UTF-8": b'{"username": "\xff\xfe"}',
    "UTF-16": '{"username": "a"}'.encode("utf-16"),
    "a long number": b'{"username": ' + b"9" * 5000 + b"}",
}


def is_problem(answer, *statuses):
    assert answer.status_code in statuses, (answer.status_code, answer.content[:500])
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert isinstance(body["errors"], list)
    return True


@pytest.mark.parametrize("path", [*PUBLIC, *SIGNED_IN, "users/me/"])
def test_a_body_that_is_no_object_is_refused(alice, api, path):
    client = api(alice)
    send = client.patch if path == "users/me/" else client.post
    for name, body in BODIES.items():
        answer = send(f"{API}/{path}", body, content_type="application/json")
        if (path, name) == ("users/me/", "empty"):
            assert answer.status_code == 200  # nothing to change
        else:
            assert is_problem(answer, 400), name


@pytest.mark.parametrize("path", [*PUBLIC, *SIGNED_IN])
def test_values_of_a_wrong_kind_name_their_field(alice, api, path):
    client = api(alice)
    for value in (None, 7, 1.5, True, [], ["a"], {}, {"a": 1}, "", "\0", "x" * 100_000):
        answer = client.post(f"{API}/{path}", dict.fromkeys(FIELDS, value))
        is_problem(answer, 400)
        named = {error["field"] for error in answer.json()["errors"]}
        assert named, value
        assert named <= set(FIELDS), value


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_only_json_is_taken(db, anyone, content_type):
    answer = anyone.generic("POST", f"{API}/auth/token/", b"username=a&password=b", content_type=content_type)

    is_problem(answer, 415)


@pytest.mark.parametrize("path", PUBLIC)
def test_other_methods_are_refused(db, anyone, path):
    for method in ("GET", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        assert is_problem(anyone.generic(method, f"{API}/{path}"), 405), method


@pytest.mark.parametrize(
    "path", ["auth/", "auth/nothing/", "auth/sessions/x/", "auth/sessions/%00/", "users/", "users/you/"]
)
def test_other_paths_are_not_found(alice, api, path):
    is_problem(api(alice).get(f"{API}/{path}"), 404)


def test_an_answer_in_an_unknown_format_is_refused(alice, api):
    answer = api(alice).get(f"{API}/users/me/", HTTP_ACCEPT="image/png")

    assert answer.status_code == 406


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    path=st.sampled_from([*PUBLIC, *SIGNED_IN, "users/me/"]), body=st.dictionaries(st.sampled_from(FIELDS), anything)
)
def test_no_value_breaks_it(signed_in_once, path, body):
    send = signed_in_once.patch if path == "users/me/" else signed_in_once.post
    try:
        answer = send(f"{API}/{path}", body)
    except UnicodeEncodeError:
        return  # half a surrogate can't be sent at all

    if answer.status_code >= 400:
        is_problem(answer, 400, 401)


@pytest.fixture
def signed_in_once(alice, api):
    """Alice's client, one for all examples: each builds the middleware anew."""
    return api(alice)
