"""A query that was composed once finds what the one composed each time would."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Session, User
from watchparty.prepared import Prepared

pytestmark = pytest.mark.django_db


def _with_session(*, username: str, sid: UUID, now: datetime) -> QuerySet[User]:
    theirs = Session.objects.live(now).filter(pk=sid, user=OuterRef("pk"))
    return User.objects.filter(username=username).annotate(signed_in=Exists(theirs))


@pytest.fixture
def prepared() -> Prepared[User]:
    return Prepared(_with_session, username=str, sid=UUID, now=datetime)


@pytest.fixture
def session(alice: User) -> Session:
    return Session.objects.create(user=alice, kind="api", expires_at=timezone.now() + timedelta(hours=1))


def test_it_works(
    alice: User, session: Session, prepared: Prepared[User], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        found = prepared.first(username=alice.username, sid=session.pk, now=timezone.now())
    assert found == alice
    assert found.pk == alice.pk
    assert found.date_joined == alice.date_joined
    assert vars(found)["signed_in"]


def test_each_call_has_values_of_its_own(alice: User, bob: User, session: Session, prepared: Prepared[User]) -> None:
    for user, sid, ago, expected in [
        (alice, session.pk, 0, True),
        (alice, uuid4(), 0, False),
        (bob, session.pk, 0, False),
        (alice, session.pk, -2, False),
        (alice, session.pk, 0, True),
    ]:
        found = prepared.first(username=user.username, sid=sid, now=timezone.now() - timedelta(hours=ago))
        assert found == user
        assert bool(vars(found)["signed_in"]) is expected


@pytest.mark.parametrize("many", [0, 1, 3, 40])
def test_each_of_many_by_one_query(
    alice: User,
    bob: User,
    session: Session,
    prepared: Prepared[User],
    django_assert_num_queries: DjangoAssertNumQueries,
    many: int,
) -> None:
    now = timezone.now()
    three = [(alice.username, session.pk), ("nobody", session.pk), (bob.username, uuid4())]
    asked = [three[n % 3] for n in range(many)]
    with django_assert_num_queries(min(many, 1)):
        found = prepared.each([{"username": name, "sid": sid, "now": now} for name, sid in asked])
    assert found == [[alice, None, bob][n % 3] for n in range(many)]
    assert [bool(vars(one)["signed_in"]) for one in found if one] == [one == alice for one in found if one]


@pytest.mark.parametrize("username", ["nobody", "", "%s", "' OR 1=1 --", "stand-in 1"])
def test_nothing_is_found(alice: User, prepared: Prepared[User], username: str) -> None:
    assert prepared.first(username=username, sid=uuid4(), now=timezone.now()) is None


def test_an_argument_that_the_query_does_not_use(alice: User) -> None:
    forgetful = Prepared(lambda username, email: User.objects.filter(username=username), username=str, email=str)
    with pytest.raises(AssertionError, match="argument"):
        forgetful.first(username="alice", email="alice@example.org")
