import pytest

from accounts import signals
from accounts.models import Session
from accounts.services import change_password, issue_tokens
from tests.accounts.conftest import API, bearer, field_of
from tests.live import PASSWORD
from watchparty.errors import Conflict

URL = f"{API}/auth/password/change/"
NEW = "battery staple horse"


def test_it_works(alice, anyone, sign_in, committed):
    here, there = sign_in("alice"), sign_in("alice")
    heard = []

    def hear(sid, **rest):
        heard.append(sid)

    signals.session_ended.connect(hear)
    try:
        with committed():
            answer = anyone.post(URL, {"old_password": PASSWORD, "new_password": NEW}, **bearer(here["access"]))
    finally:
        signals.session_ended.disconnect(hear)

    assert answer.status_code == 204
    assert sign_in("alice", NEW)
    assert anyone.post(f"{API}/auth/token/", {"username": "alice", "password": PASSWORD}).status_code == 401
    # This device goes on, the others are out, with their sockets.
    assert anyone.get(f"{API}/users/me/", **bearer(here["access"])).status_code == 200
    assert anyone.post(f"{API}/auth/token/refresh/", {"refresh": here["refresh"]}).status_code == 200
    assert anyone.get(f"{API}/users/me/", **bearer(there["access"])).status_code == 401
    assert anyone.post(f"{API}/auth/token/refresh/", {"refresh": there["refresh"]}).status_code == 401
    assert heard == [str(Session.objects.exclude(ended_at=None).get().pk)]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong", NEW, "old_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "alice@example.org", "new_password"),
    ],
)
def test_a_refusal_names_the_field(alice, api, old, new, field):
    answer = api(alice).post(URL, {"old_password": old, "new_password": new})

    assert answer.status_code == 400
    assert field_of(answer) == field


def test_it_is_for_who_is_signed_in(db, anyone):
    assert anyone.post(URL, {"old_password": PASSWORD, "new_password": NEW}).status_code == 401


def test_a_password_set_elsewhere_ends_the_apps(alice, anyone):
    """By ``manage.py changepassword``, say."""
    tokens = issue_tokens(user=alice)
    alice.set_password(NEW)
    alice.save()

    assert anyone.get(f"{API}/users/me/", **bearer(tokens.access)).status_code == 401
    assert anyone.post(f"{API}/auth/token/refresh/", {"refresh": tokens.refresh}).status_code == 401


def test_of_two_changes_at_once_one_is_refused(alice):
    """Both were let in by the old password; the later one must not undo the earlier one unseen."""
    seen_before = type(alice).objects.get(pk=alice.pk)
    change_password(by=alice, old=PASSWORD, new=NEW)

    with pytest.raises(Conflict):
        change_password(by=seen_before, old=PASSWORD, new="a third one entirely")
    assert type(alice).objects.get(pk=alice.pk).check_password(NEW)
