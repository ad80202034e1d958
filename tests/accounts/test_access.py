"""What an access token is good for, and until when. REST and WebSocket both ask verify_access."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Session, User
from accounts.services import disable, end_all_sessions, end_session, issue_tokens
from accounts.tokens import mint_access, verify_access
from tests.accounts.conftest import API, bearer
from watchparty.errors import NotAuthenticated


def signed(**claims):
    return jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")


def claims_of(access):
    return jwt.decode(access, settings.SECRET_KEY, algorithms=["HS256"])


def test_it_works(alice):
    tokens = issue_tokens(user=alice)
    with CaptureQueriesContext(connection) as queries:
        identity = verify_access(tokens.access)

    assert identity.user == alice
    assert identity.sid == str(tokens.session.pk)
    assert len(queries) == 1


def test_it_says_whose_device_and_lives_five_minutes(alice):
    tokens = issue_tokens(user=alice)
    claims = claims_of(tokens.access)

    assert claims["user_id"] == str(alice.pk)
    assert claims["sid"] == str(tokens.session.pk)
    assert claims["ver"] == 0
    assert claims["exp"] - claims["iat"] == 300


def test_it_runs_out(alice):
    access = issue_tokens(user=alice).access
    with time_machine.travel(timezone.now() + timedelta(seconds=301)), pytest.raises(NotAuthenticated):
        verify_access(access)


def test_it_may_be_minted_longer_for_tools(alice):
    access = issue_tokens(user=alice, lifetime=timedelta(hours=1)).access
    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert verify_access(access).user == alice


@pytest.mark.parametrize(
    "end",
    [
        lambda user, session: end_session(by=user, session=session),
        lambda user, session: end_all_sessions(user=user),
        lambda user, session: disable(by=None, user=user),
        lambda user, session: User.objects.filter(pk=user.pk).update(is_active=False),
        lambda user, session: User.objects.filter(pk=user.pk).update(token_version=1),
        lambda user, session: Session.objects.filter(pk=session.pk).update(expires_at=timezone.now()),
        lambda user, session: user.delete(),
    ],
    ids=["signed out", "signed out everywhere", "disabled", "disabled by SQL", "version", "family ran out", "deleted"],
)
def test_it_ends_at_once_with_what_it_stands_for(alice, anyone, end):
    tokens = issue_tokens(user=alice)
    end(alice, tokens.session)

    with pytest.raises(NotAuthenticated):
        verify_access(tokens.access)
    answer = anyone.get(f"{API}/users/me/", **bearer(tokens.access))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"


def test_it_is_not_for_another_user(alice, bob):
    tokens = issue_tokens(user=alice)
    with pytest.raises(NotAuthenticated):
        verify_access(signed(**claims_of(tokens.access) | {"user_id": str(bob.pk)}))


@pytest.mark.parametrize("lacking", ["user_id", "sid", "ver", "exp", "token_type", "jti"])
def test_every_claim_is_needed(alice, lacking):
    claims = claims_of(issue_tokens(user=alice).access)
    del claims[lacking]
    with pytest.raises(NotAuthenticated):
        verify_access(signed(**claims))


@pytest.mark.parametrize("value", [None, 7, [], {}, "x", "\0", True])
@pytest.mark.parametrize("claim", ["user_id", "sid", "ver"])
def test_claims_of_a_wrong_kind_are_refused(alice, claim, value):
    claims = claims_of(issue_tokens(user=alice).access) | {claim: value}
    with pytest.raises(NotAuthenticated):
        verify_access(signed(**claims))


def test_a_foreign_signature_or_none_is_refused(alice):
    claims = claims_of(issue_tokens(user=alice).access)
    for forged in (
        jwt.encode(claims, "another key, as long as ours, to be sure", algorithm="HS256"),
        jwt.encode(claims, settings.SECRET_KEY, algorithm="HS384"),
        jwt.encode(claims, "", algorithm="none"),
    ):
        with pytest.raises(NotAuthenticated):
            verify_access(forged)


def encoded(text):
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "null",
        "[]",
        "7",
        '{"alg":"HS256","crit":["x"]}',
        "[" * 5000,
        json.dumps({"alg": ["HS256"]}),
        '{"alg":1e999}',
    ],
)
def test_a_strange_header_is_refused(db, anyone, header):
    """It is parsed before the signature is looked at."""
    raw = f"{encoded(header)}.{encoded('{}')}.{encoded('x')}"
    with pytest.raises(NotAuthenticated):
        verify_access(raw)
    assert anyone.get(f"{API}/users/me/", **bearer(raw)).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x y", "Bearer ..", "bearer \xff", "Basic YTpi", "Bearer " + "x" * 9000]
)
def test_a_strange_authorization_is_nobody(db, anyone, header):
    assert anyone.get(f"{API}/users/me/", HTTP_AUTHORIZATION=header).status_code == 401


@given(st.text(alphabet=st.characters(max_codepoint=255)))
def test_rubbish_never_breaks_it(raw):
    with pytest.raises(NotAuthenticated):
        verify_access(raw)


def test_the_browsable_page_of_an_error_renders(db, anyone):
    answer = anyone.get(f"{API}/users/me/", HTTP_ACCEPT="text/html", **bearer("rubbish"))

    assert answer.status_code == 401
    assert answer["Content-Type"].startswith("text/html")


def test_a_token_of_a_browsers_session_is_one_of_that_device(alice):
    session = issue_tokens(user=alice).session

    assert verify_access(mint_access(session)).sid == str(session.pk)
