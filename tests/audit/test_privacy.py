"""What is personal in an entry: a box in the ledger, a key that goes with the account."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import services as people
from accounts.models import User
from audit import ledger
from audit.bundles import export
from audit.facts import FIELDS, PERSONAL, Fact
from audit.models import OutboxEvent, PersonalKey
from audit.personal import Personal, State, destroy_key, read
from audit.records import record_of
from audit.services import record
from audit.shipping import ship
from tests.audit.test_bundles import check
from tests.audit.test_verification import verify_audit
from tests.live import PASSWORD
from watchparty.errors import NotAuthenticated

WORDS = ("dora", "Smith", "example.org", "192.0.2.1", "Phone")


@pytest.fixture
def dora(db: None) -> User:
    """She registers, fails to sign in, signs in, and calls herself something else: four entries with boxes."""
    user = people.register(username="dora", email="dora@example.org", password=PASSWORD, display_name="Dora Smith")
    with pytest.raises(NotAuthenticated):
        people.sign_in(username="dora", password="wrong", ip="192.0.2.1", user_agent="Phone 1")
    people.issue_tokens(user=user, user_agent="Phone 2", ip="192.0.2.1")
    return people.update_profile(by=user, changes={"display_name": "Dora S."})


def boxed() -> list[OutboxEvent]:
    return list(OutboxEvent.objects.exclude(personal="").order_by("number"))


def in_order() -> list[Personal]:
    return list(read(boxed()).values())


def test_it_works(dora: User) -> None:
    assert in_order() == [
        Personal(State.READABLE, {"username": "dora", "display_name": "Dora Smith", "email": "dora@example.org"}),
        Personal(State.READABLE, {"ip": "192.0.2.1", "user_agent": "Phone 1"}),
        Personal(State.READABLE, {"ip": "192.0.2.1", "user_agent": "Phone 2"}),
        Personal(State.READABLE, {"display_name": "Dora S."}),
    ]


@pytest.mark.parametrize("kind", ["local", "immudb"])
def test_the_ledger_holds_the_box_alone(
    kind: str, request: pytest.FixtureRequest, settings: Settings, dora: User
) -> None:
    if kind == "immudb":
        settings.IMMUDB_URL = request.getfixturevalue("immudb_url")
    ship()
    payloads = [step.record.payload.decode() for step in ledger.current().walk() if step.record]
    assert ledger.current().name == kind
    assert len(payloads) == OutboxEvent.objects.count()
    kept = str(payloads) + str(list(OutboxEvent.objects.values())) + str(list(PersonalKey.objects.values()))
    for word in WORDS:
        assert word not in kept
    assert [json.loads(text)["personal"] for text in payloads if "personal" in text] == [e.personal for e in boxed()]
    assert verify_audit()[0] == 0


def test_one_box_is_never_like_another(dora: User) -> None:
    record(fact=Fact.USER_EMAIL_VERIFIED, by=dora.pk, subject=dora.pk, personal={"email": dora.email})
    record(fact=Fact.USER_EMAIL_VERIFIED, by=dora.pk, subject=dora.pk, personal={"email": dora.email})
    first, second = boxed()[-2:]
    assert first.personal != second.personal


def test_erased_nobody_can_read_it_and_every_proof_holds(dora: User, tmp_path: Path) -> None:
    ship()
    before = {event.event: record_of(event) for event in boxed()}
    people.erase(by=dora, user=dora)
    ship()
    assert not PersonalKey.objects.exists()
    assert OutboxEvent.objects.get(fact=Fact.USER_ERASED).data == {"key_destroyed": True}
    assert in_order() == [Personal(State.ERASED)] * 4
    assert {event.event: record_of(event) for event in boxed()} == before
    assert verify_audit()[0] == 0
    code, said = check(tmp_path, export(by=None))
    assert code == 0, said


def test_a_guest_is_erased_as_well(db: None) -> None:
    guest = people.create_guest(display_name="Gustav")
    assert in_order()[0].fields["display_name"] == "Gustav"
    people.erase(by=None, user=guest)
    assert in_order() == [Personal(State.ERASED)]


@pytest.mark.django_db(transaction=True)
def test_a_key_is_asked_for_once_in_a_while(dora: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        people.update_profile(by=dora, changes={"display_name": "D."})
    assert not [query["sql"] for query in asked if "SELECT" in query["sql"] and "personalkey" in query["sql"]]
    assert in_order()[-1].fields == {"display_name": "D."}


@pytest.mark.django_db(transaction=True)
def test_a_key_whose_making_was_rolled_back_is_forgotten(dora: User) -> None:
    destroy_key(dora.pk)
    with transaction.atomic():
        people.update_profile(by=dora, changes={"display_name": "D."})
        transaction.set_rollback(True)
    people.update_profile(by=dora, changes={"display_name": "Dora"})
    assert in_order()[-1].fields == {"display_name": "Dora"}


@pytest.mark.django_db(transaction=True)
def test_an_erasure_that_is_rolled_back_leaves_the_key(dora: User) -> None:
    with transaction.atomic():
        people.erase(by=dora, user=dora)
        transaction.set_rollback(True)
    assert in_order()[0].state is State.READABLE


def test_a_key_goes_with_its_user_however_they_go(dora: User) -> None:
    User.objects.filter(pk=dora.pk).delete()
    assert not PersonalKey.objects.exists()


def test_what_comes_after_the_erasure_brings_no_key_back(dora: User) -> None:
    people.erase(by=dora, user=dora)
    late = record(fact=Fact.USER_SIGN_IN_FAILED, by=None, subject=dora.pk, personal={"ip": "192.0.2.1"})
    assert late.personal == ""
    assert not PersonalKey.objects.exists()


def test_a_box_opens_in_its_own_entry_only(dora: User) -> None:
    registered, failed, *_rest = boxed()
    registered.personal, failed.personal = failed.personal, registered.personal
    assert {one.state for one in read([registered, failed]).values()} == {State.UNREADABLE}


def test_a_key_opens_its_own_users_boxes_only(dora: User, alice: User) -> None:
    record(fact=Fact.USER_EMAIL_VERIFIED, by=alice.pk, subject=alice.pk, personal={"email": "alice@example.org"})
    hers = PersonalKey.objects.get(user=dora).wrapped
    PersonalKey.objects.filter(user=alice).update(wrapped=hers)
    assert in_order()[-1] == Personal(State.UNREADABLE)


def test_a_key_that_is_gone_though_its_user_is_not_is_no_erasure(dora: User) -> None:
    PersonalKey.objects.all().delete()
    assert in_order()[0].state is State.UNREADABLE


@pytest.mark.parametrize("edit", [{"personal": "rubbish"}, {"personal": "AAAA"}, {"subject": "nobody"}])
def test_an_edited_row_is_shown_as_one_that_can_not_be_read(edit: dict[str, str], dora: User) -> None:
    OutboxEvent._base_manager.filter(pk=boxed()[0].pk).update(**edit)
    assert in_order()[0] == Personal(State.UNREADABLE)


def test_secret_key_is_changed(dora: User, settings: Settings) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one"
    assert in_order()[0].fields["username"] == "dora"
    people.issue_tokens(user=dora, ip="192.0.2.7")
    assert in_order()[-1].fields == {"ip": "192.0.2.7"}


def test_without_the_former_secret_key_people_sign_in_all_the_same(dora: User, settings: Settings) -> None:
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another one"
    assert in_order()[0].state is State.UNREADABLE
    people.issue_tokens(user=dora, ip="192.0.2.7")
    assert OutboxEvent.objects.latest("number").personal == ""
    settings.SECRET_KEY_FALLBACKS = [former]
    assert in_order()[0].state is State.READABLE


def test_what_was_typed_as_an_unknown_name_leaves_nothing(db: None) -> None:
    with pytest.raises(NotAuthenticated):
        people.sign_in(username="hunter2", password="hunter2", ip="192.0.2.1", user_agent="Phone")
    assert OutboxEvent.objects.get().personal == ""


def test_a_field_that_the_fact_does_not_have_is_refused(alice: User) -> None:
    with pytest.raises(ValueError, match=r"user\.signed_in"):
        record(fact=Fact.USER_SIGNED_IN, by=None, subject=alice.pk, personal={"email": "alice@example.org"})
    with pytest.raises(ValueError, match="at most 300") as refused:
        record(fact=Fact.USER_SIGNED_IN, by=None, subject=alice.pk, personal={"user_agent": "secret" * 51})
    assert "secret" not in str(refused.value)


def test_only_facts_about_people_have_personal_fields() -> None:
    assert {fact.value.split(".")[0] for fact in PERSONAL} == {"user"}
    assert not any(FIELDS[fact] & PERSONAL[fact] for fact in PERSONAL)


class TestWhoReadsIt:
    def test_the_staff_who_may_read_entries(self, api: Callable[..., APIClient], dora: User) -> None:
        ship()
        root = api(User.objects.create_superuser(username="root", password=None))
        event = boxed()[1]
        found = root.get(f"/api/v1/audit/entries/{event.event}/").json()
        assert found["personal"] == {"state": "readable", "values": {"ip": "192.0.2.1", "user_agent": "Phone 1"}}
        assert found["proof"]["verified"]
        assert "192.0.2.1" not in root.get("/api/v1/audit/entries/?fact=user.sign_in_failed").content.decode()
        people.erase(by=dora, user=dora)
        found = root.get(f"/api/v1/audit/entries/{event.event}/").json()
        assert found["personal"] == {"state": "erased", "values": {}}
        assert found["proof"]["verified"]

    def test_an_entry_without_says_so(self, api: Callable[..., APIClient], alice: User) -> None:
        root = api(User.objects.create_superuser(username="root", password=None))
        event = record(fact=Fact.USER_PASSWORD_CHANGED, by=alice.pk, subject=alice.pk)
        assert root.get(f"/api/v1/audit/entries/{event.event}/").json()["personal"] is None

    def test_the_admin(self, admin_client: APIClient, dora: User) -> None:
        page = f"/admin/audit/outboxevent/{boxed()[1].pk}/change/"
        assert "user_agent: Phone 1" in admin_client.get(page).content.decode()
        people.erase(by=dora, user=dora)
        text = admin_client.get(page).content.decode()
        assert "Phone 1" not in text
        assert "Erased: the account is gone" in text

    def test_oneself_in_the_export(self, api: Callable[..., APIClient], dora: User, alice: User) -> None:
        mine = api(dora).get("/api/v1/users/me/export/").json()["audit"]
        assert [entry["fact"] for entry in mine][:2] == ["user.registered", "user.sign_in_failed"]
        assert mine[0]["personal"]["email"] == "dora@example.org"
        theirs = api(alice).get("/api/v1/users/me/export/").json()["audit"]
        assert [entry["personal"] for entry in theirs] == [{"ip": "127.0.0.1", "user_agent": "tests"}]


def test_a_failed_sign_in_on_the_page_says_whence(client: APIClient, alice: User) -> None:
    client.post("/accounts/login/", {"username": "alice", "password": "wrong"}, HTTP_USER_AGENT="Browser")
    assert in_order()[-1].fields == {"ip": "127.0.0.1", "user_agent": "Browser"}
