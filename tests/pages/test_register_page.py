import pytest

from accounts.models import User
from tests.live import PASSWORD
from tests.pages.conftest import Browser

REGISTER = "/accounts/register/"
DANA = {"username": "dana", "email": "dana@example.org", "password": PASSWORD, "display_name": "Dana"}


def test_it_works(browser: Browser):
    client = browser()
    answer = client.post(REGISTER, DANA)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert User.objects.get(username="dana").email == "dana@example.org"
    assert b"Dana" in client.get("/").content


def test_it_goes_on_to_where_one_came_from(browser: Browser):
    assert browser().post(REGISTER, DANA | {"next": "/i/token/"})["Location"] == "/i/token/"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "no spaces please"),
        ("username", "alice"),
        ("username", "a\0b"),
        ("email", "a@x,b@y"),
        ("email", "ALICE@example.org"),
        ("password", "12345678"),
        ("password", "password"),
        ("password", "x" * 5000),
        ("display_name", "x" * 61),
    ],
)
def test_a_refusal_is_at_its_field(browser: Browser, alice: User, field: str, value: str):
    answer = browser().post(REGISTER, DANA | {field: value})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in html
    assert html.count('aria-invalid="true"') == 1
    assert not User.objects.filter(username="dana").exists()


def test_who_has_an_account_is_sent_on(browser: Browser, alice: User):
    assert browser(alice).get(REGISTER)["Location"] == "/"


def test_browsers_and_password_managers_know_the_fields(browser: Browser):
    html = browser().get(REGISTER).content.decode()
    for hint in ("username", "email", "new-password", "nickname"):
        assert f'autocomplete="{hint}"' in html
