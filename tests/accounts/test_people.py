"""Rows of people: guests, missing addresses, names in any case."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from accounts.services import create_guest, issue_tokens
from accounts.tokens import verify_access
from watchparty.errors import Invalid


def test_a_guest_works(db):
    guest = create_guest(display_name="  Gus  ")

    assert (guest.is_guest, guest.email, guest.name) == (True, None, "Gus")
    assert not guest.has_usable_password()
    assert verify_access(issue_tokens(user=guest).access).user == guest


def test_guests_do_not_collide(db):
    assert len({create_guest(display_name="Gus").username for _ in range(20)}) == 20


@pytest.mark.parametrize("name", ["", "   ", "G\nus", "x" * 61, "\u202egus"])
def test_a_guest_needs_a_name_that_can_be_shown(db, name):
    with pytest.raises(Invalid) as refusal:
        create_guest(display_name=name)

    assert refusal.value.field == "display_name"


def test_a_browser_can_be_signed_in_as_a_guest(db):
    guest = create_guest(display_name="Gus")
    browser = Client()
    browser.force_login(guest)

    assert browser.get("/api/v1/users/me/").json()["name"] == "Gus"


def test_two_people_without_an_address_are_not_in_conflict(db):
    call_command("createsuperuser", "--noinput", "--username", "root", "--email", "", verbosity=0)
    User.objects.create_user("nomail", "")

    assert list(User.objects.values_list("email", flat=True)) == [None, None]


@pytest.mark.parametrize(
    "row", [{"username": "ALICE"}, {"username": "x1", "email": "ALICE@example.org"}, {"email": ""}]
)
def test_the_database_itself_keeps_names_and_addresses_apart(alice, row):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(**{"username": "other"} | row)])


def test_names_are_found_in_any_case(alice):
    assert User.objects.get_by_natural_key("Alice") == alice


def test_full_names_are_what_is_shown(alice):
    assert (alice.get_full_name(), alice.get_short_name()) == ("Alice", "Alice")
