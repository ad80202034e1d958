import pytest

from accounts import links
from accounts.models import User
from accounts.services import send_verification
from tests.accounts.conftest import API, field_of, mailed_link
from watchparty.errors import RateLimited

URL = f"{API}/auth/email/verify/"


@pytest.fixture
def link(alice, committed, mailoutbox):
    with committed():
        send_verification(user=alice, origin="http://testserver")
    return mailed_link(mailoutbox[0].body)


def verify(client, uid, token):
    return client.post(URL, {"uid": uid, "token": token})


def test_it_works(alice, api, anyone, link):
    assert verify(anyone, *link).status_code == 204

    assert api(alice).get(f"{API}/users/me/").json()["email_verified_at"]


def test_a_link_is_good_once(anyone, link):
    verify(anyone, *link)

    again = verify(anyone, *link)

    assert again.status_code == 400
    assert field_of(again) == "token"


def test_a_link_is_for_the_address_that_it_was_mailed_to(alice, anyone, link):
    User.objects.filter(pk=alice.pk).update(email="alice@elsewhere.example")

    assert verify(anyone, *link).status_code == 400


def test_a_link_that_resets_a_password_verifies_nothing(alice, anyone):
    assert verify(anyone, links.uid_of(alice), links.resetting.make_token(alice)).status_code == 400


def test_another_users_link_is_refused(alice, bob, anyone, link):
    assert verify(anyone, links.uid_of(bob), link[1]).status_code == 400


def test_an_address_that_is_verified_gets_no_more_mail(alice, anyone, link, committed, mailoutbox):
    verify(anyone, *link)
    alice.refresh_from_db()
    with committed():
        send_verification(user=alice)

    assert len(mailoutbox) == 1


def test_nobody_is_mailed_without_end(alice, settings):
    settings.RATE_LIMIT_RESET = "2/hour"
    send_verification(user=alice)
    send_verification(user=alice)

    with pytest.raises(RateLimited):
        send_verification(user=alice)
