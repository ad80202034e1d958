"""Who is shut out is out everywhere, whoever did it and by whatever way."""

import pytest

from accounts import signals
from accounts.models import Session
from accounts.services import disable, enable, issue_tokens
from tests.accounts.conftest import API, bearer
from watchparty.errors import NotAuthenticated


@pytest.fixture
def shut_out():
    """The ids that ``user_disabled`` told."""
    heard = []

    def hear(user_id, **rest):
        heard.append(user_id)

    signals.user_disabled.connect(hear)
    yield heard
    signals.user_disabled.disconnect(hear)


def test_it_works(alice, bob, anyone, shut_out, committed):
    tokens = issue_tokens(user=alice)
    with committed():
        disable(by=bob, user=alice)

    assert shut_out == [str(alice.pk)]
    assert anyone.get(f"{API}/users/me/", **bearer(tokens.access)).status_code == 401
    assert anyone.post(f"{API}/auth/token/refresh/", {"refresh": tokens.refresh}).status_code == 401
    assert not Session.objects.live().exists()


def test_a_user_saved_as_inactive_is_out_as_well(alice, anyone, shut_out, committed):
    """By the admin's form, say."""
    tokens = issue_tokens(user=alice)
    alice.is_active = False
    with committed():
        alice.save()

    assert shut_out == [str(alice.pk)]
    assert anyone.get(f"{API}/users/me/", **bearer(tokens.access)).status_code == 401


def test_any_other_save_signs_nobody_out(alice, shut_out, committed):
    issue_tokens(user=alice)
    alice.display_name = "Al"
    with committed():
        alice.save()

    assert shut_out == []
    assert Session.objects.live().count() == 1


def test_enabling_lets_sign_in_anew_and_revives_nothing(alice, bob, anyone, sign_in):
    tokens = issue_tokens(user=alice)
    disable(by=bob, user=alice)
    enable(by=bob, user=alice)

    assert anyone.get(f"{API}/users/me/", **bearer(tokens.access)).status_code == 401
    assert sign_in("alice")


def test_it_is_told_once_with_who_did_it(alice, bob):
    heard = []

    def hear(user, by, **rest):
        heard.append((user, by))

    signals.user_deactivated.connect(hear)
    try:
        disable(by=bob, user=alice)
        disable(by=bob, user=alice)
    finally:
        signals.user_deactivated.disconnect(hear)

    assert heard == [(alice, bob)]


def test_nobody_is_signed_in_to_an_account_that_went_away_meanwhile(alice):
    alice.__class__.objects.update(is_active=False)

    with pytest.raises(NotAuthenticated):
        issue_tokens(user=alice)
    assert not Session.objects.exists()
