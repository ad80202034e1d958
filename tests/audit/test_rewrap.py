"""`rewrap_keys`: SECRET_KEY was changed, and the former one shall open nothing any more."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from audit import personal
from audit.models import OutboxEvent, PersonalKey
from audit.personal import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def boxed(settings: Settings, alice: User, bob: User) -> list[OutboxEvent]:
    """One entry each about Alice and Bob, under the former SECRET_KEY."""
    former, settings.SECRET_KEY = settings.SECRET_KEY, "former"
    made = []
    for number, user in enumerate((alice, bob)):
        event = OutboxEvent(number=number, fact="user.signed_in", subject=str(user.pk))
        event.personal = personal.box(event.event, user.pk, {"ip": "192.0.2.1"})
        made.append(event)
    settings.SECRET_KEY = former
    settings.SECRET_KEY_FALLBACKS = ["former"]
    return made


def rewrap() -> dict[str, int]:
    out = StringIO()
    call_command("rewrap_keys", "--json", stdout=out)
    told: dict[str, int] = json.loads(out.getvalue())
    return told


def states(events: list[OutboxEvent]) -> set[State]:
    return {found.state for found in personal.read(events).values()}


def test_it_works(boxed: list[OutboxEvent], settings: Settings) -> None:
    assert rewrap() == {"anew": 2, "present": 0, "unopened": 0}
    settings.SECRET_KEY_FALLBACKS = []
    assert states(boxed) == {State.READABLE}
    settings.SECRET_KEY = "former"
    assert states(boxed) == {State.UNREADABLE}


def test_again_there_is_nothing_to_do(boxed: list[OutboxEvent]) -> None:
    rewrap()
    kept = set(PersonalKey.objects.values_list("wrapped", flat=True))
    assert rewrap() == {"anew": 0, "present": 2, "unopened": 0}
    assert set(PersonalKey.objects.values_list("wrapped", flat=True)) == kept


def test_a_key_that_nothing_opens_is_told_and_left(boxed: list[OutboxEvent], bob: User, settings: Settings) -> None:
    PersonalKey.objects.filter(user=bob).update(wrapped="no key")
    with pytest.raises(CommandError, match="1 keys can't be opened"):
        rewrap()
    assert PersonalKey.objects.get(user=bob).wrapped == "no key"
    settings.SECRET_KEY_FALLBACKS = []
    assert states(boxed) == {State.READABLE, State.UNREADABLE}


def test_who_is_erased_meanwhile_stays_so(
    boxed: list[OutboxEvent], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrap = personal.rewrapped

    def late(wrapped: str, user: object) -> str | None:
        PersonalKey.objects.filter(user=alice).delete()
        return wrap(wrapped, user)  # type: ignore[arg-type]

    monkeypatch.setattr("audit.personal.rewrapped", late)
    rewrap()
    assert not PersonalKey.objects.filter(user=alice).exists()
