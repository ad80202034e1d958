import pytest

from accounts.models import Session, User
from accounts.services import create_guest
from tests.live import PASSWORD
from tests.pages.conftest import Browser

LOGIN = "/accounts/login/"


def test_it_works(browser: Browser, alice: User):
    client = browser()
    answer = client.post(LOGIN, {"username": "alice", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert Session.objects.get(user=alice).kind == "web"
    assert b"Alice" in client.get("/").content


def test_the_mail_address_will_do(browser: Browser, alice: User):
    assert browser().post(LOGIN, {"username": "alice@example.org", "password": PASSWORD}).status_code == 302


def test_a_wrong_password_is_told_above_the_form(browser: Browser, alice: User):
    client = browser()
    answer = client.post(LOGIN, {"username": "alice", "password": "wrong"})
    assert answer.status_code == 422
    assert b'role="alert"' in answer.content
    assert "_auth_user_id" not in client.session


def test_what_was_typed_stays_but_never_the_password(browser: Browser, alice: User):
    html = browser().post(LOGIN, {"username": "alice", "password": "wr0ng-secret"}).content.decode()
    assert 'value="alice"' in html
    assert "wr0ng-secret" not in html


def test_an_empty_field_is_named_beside_it(browser: Browser):
    html = browser().post(LOGIN, {"username": "", "password": "x"}).content.decode()
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_username_error"' in html
    assert 'id="id_username_error"' in html


def test_too_many_failures_are_refused(browser: Browser, alice: User, settings):
    settings.RATE_LIMIT_TOKEN = "2/minute"
    client = browser()
    for _ in range(2):
        client.post(LOGIN, {"username": "alice", "password": "wrong"})
    assert client.post(LOGIN, {"username": "alice", "password": PASSWORD}).status_code == 429


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("/movies/", "/movies/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_it_goes_on_to_own_pages_only(browser: Browser, alice: User, wanted: str, got: str):
    answer = browser().post(LOGIN, {"username": "alice", "password": PASSWORD, "next": wanted})
    assert answer["Location"] == got
    assert browser(alice).get(LOGIN, {"next": wanted})["Location"] == got


def test_a_guest_may_sign_in_as_somebody(browser: Browser, alice: User):
    client = browser(create_guest(display_name="Gus"))
    assert client.get(LOGIN).status_code == 200
    client.post(LOGIN, {"username": "alice", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_signing_out_ends_the_device(browser: Browser, alice: User):
    client = browser(alice)
    assert client.post("/accounts/logout/").status_code == 302
    assert Session.objects.live().filter(user=alice).count() == 0
    assert client.get("/movies/").status_code == 302


def test_a_link_signs_nobody_out(browser: Browser, alice: User):
    client = browser(alice)
    assert client.get("/accounts/logout/").status_code == 405
    assert client.get("/movies/").status_code == 200
