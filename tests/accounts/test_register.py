import threading

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.db import connection

from accounts.models import User
from tests.accounts.conftest import API, bearer, field_of, mailed_link

URL = f"{API}/auth/register/"
DANA = {"username": "dana", "email": "dana@example.org", "password": "correct horse battery", "display_name": "Dana"}


def test_it_works(db, anyone, committed, mailoutbox):
    with committed():
        answer = anyone.post(URL, DANA)

    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"user", "access", "refresh"}
    assert body["user"]["username"] == "dana"
    assert body["user"]["name"] == "Dana"
    assert body["user"]["email_verified_at"] is None
    assert "password" not in body["user"]
    me = anyone.get(f"{API}/users/me/", **bearer(body["access"]))
    assert me.json() == body["user"]
    assert [mail.to for mail in mailoutbox] == [["dana@example.org"]]
    mailed_link(mailoutbox[0].body)


def test_the_password_is_kept_as_bcrypt_of_a_sha256(db, anyone, settings):
    # The first hasher of the settings that are delivered; the tests' own are faster.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"]
    # Plain bcrypt refuses more than 72 bytes.
    anyone.post(URL, DANA | {"password": "p4ss" * 40})

    user = User.objects.get(username="dana")
    assert identify_hasher(user.password).algorithm == "bcrypt_sha256"
    assert user.check_password("p4ss" * 40)
    assert not user.check_password("p4ss" * 39)


def test_a_password_keeps_the_blanks_at_its_ends(db, anyone, sign_in):
    anyone.post(URL, DANA | {"password": "  correct horse  "})

    assert sign_in("dana", "  correct horse  ")


def test_the_display_name_may_be_missing_and_in_any_script(db, anyone):
    without = anyone.post(URL, {name: value for name, value in DANA.items() if name != "display_name"})
    with_one = anyone.post(URL, DANA | {"username": "eva", "email": "eva@example.org", "display_name": "Éva 小 👩‍👧"})

    assert without.json()["user"]["name"] == "dana"
    assert with_one.json()["user"]["name"] == "Éva 小 👩‍👧"


@pytest.mark.parametrize(("field", "value"), [("username", "ALICE"), ("email", "Alice@EXAMPLE.org")])
def test_a_name_or_address_of_somebody_else_is_refused_in_any_case(alice, anyone, field, value):
    answer = anyone.post(URL, DANA | {field: value})

    assert answer.status_code == 400
    assert field_of(answer) == field
    assert answer.json()["errors"][0]["code"] == "taken"


@pytest.mark.parametrize(
    "name",
    ["", "x", "dana@home", "dana smith", "-dana", "dаna", "d" * 65, "da\0na", "da\nna", ".", 7.5, None],
)
def test_a_user_name_is_plain_and_no_mail_address(db, anyone, name):
    answer = anyone.post(URL, DANA | {"username": name})

    assert answer.status_code == 400
    assert field_of(answer) == "username"


@pytest.mark.parametrize(
    "address", ["", "dana", "dana@", "a@example.org,b@example.org", "a@b\n@c.org", "d" * 250 + "@example.org"]
)
def test_an_address_is_exactly_one(db, anyone, address):
    answer = anyone.post(URL, DANA | {"email": address})

    assert answer.status_code == 400
    assert field_of(answer) == "email"


@pytest.mark.parametrize(
    "password", ["", "short", "12345678901", "password", "dana@example.org", "x" * 257, "long enough\0"]
)
def test_a_weak_or_endless_password_is_refused(db, anyone, password):
    answer = anyone.post(URL, DANA | {"password": password})

    assert answer.status_code == 400
    assert field_of(answer) == "password"
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["Da\u202ena", "Da\nna", "\u2800"[:0] + "\u00ad\u00ad", "d" * 61])
def test_a_display_name_shows_what_it_is(db, anyone, name):
    answer = anyone.post(URL, DANA | {"display_name": name})

    assert answer.status_code == 400
    assert field_of(answer) == "display_name"


def test_every_missing_field_is_named(db, anyone):
    answer = anyone.post(URL, {})

    assert {error["field"] for error in answer.json()["errors"]} == {"username", "email", "password"}


def test_it_is_limited_per_address(db, anyone, settings):
    settings.RATE_LIMIT_REGISTER = "2/hour"
    codes = []
    for number in range(3):
        one = DANA | {"username": f"dana{number}", "email": f"dana{number}@example.org"}
        codes.append(anyone.post(URL, one))

    assert [answer.status_code for answer in codes] == [201, 201, 429]
    assert int(codes[2]["Retry-After"]) > 0
    other = anyone.post(URL, DANA, REMOTE_ADDR="203.0.113.9")
    assert other.status_code == 201


def test_an_expired_bearer_does_not_stand_in_the_way(db, anyone):
    assert anyone.post(URL, DANA, **bearer("long.gone.token")).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_the_name(anyone):
    """Four threads ask for one name; nobody gets a 500."""
    answers: list[int] = []

    def ask(number: int) -> None:
        one = DANA | {"email": f"dana{number}@example.org"}
        answers.append(type(anyone)().post(URL, one).status_code)
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [201, 400, 400, 400]
