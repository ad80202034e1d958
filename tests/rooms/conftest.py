"""Alice's room, and who says what to whom about it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from movies.models import Movie
from rooms import services
from rooms.models import Room

Api = Callable[..., APIClient]
Committed = Callable[[Callable[[], object]], list[Any]]


@pytest.fixture
def room(alice: User) -> Room:
    """Unlisted: who has the code may come in."""
    return services.create_room(by=alice, name="Movie night", visibility="unlisted")


@pytest.fixture
def private(alice: User) -> Room:
    return services.create_room(by=alice, name="Just us", visibility="private")


@pytest.fixture
def bob_in(room: Room, bob: User) -> User:
    """Bob, a member of Alice's room."""
    services.join(by=bob, room=room)
    return bob


@pytest.fixture
def guest_in(room: Room, alice: User) -> User:
    _invite, token = services.create_invite(by=alice, room=room)
    guest, _room = services.admit_guest(token=token, display_name="Gus", address="test")
    return guest


@pytest.fixture
def one_host(settings: Settings) -> None:
    """The server goes by that of the tests' requests, and by no other."""
    settings.ALLOWED_HOSTS = ["testserver"]


@pytest.fixture
def film(alice: User) -> Movie:
    return Movie.objects.create(owner=alice, title="Metropolis", status=Movie.Status.READY, duration=60.0)


@pytest.fixture
def committed(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> Committed:
    """``committed(do)`` runs ``do`` with its commit, and answers what live sockets were told of it."""
    from sync import notices

    heard: list[Any] = []

    def send(kind: str, **about: Any) -> None:
        heard.append((kind, *about.values()))

    def run(do: Callable[[], object]) -> list[Any]:
        heard.clear()
        with django_capture_on_commit_callbacks(execute=True):
            do()
        return list(heard)

    monkeypatch.setattr(notices, "_send", send)
    return run


def fields(problem: Any) -> list[str]:
    """The fields that a problem document names."""
    return [error["field"] for error in problem["errors"]]


@pytest.fixture(autouse=True)
def _keep_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each piece of work off the loop a connection within a transaction is given up as broken, and with it the
    rows of a test.
    """
    monkeypatch.setattr(BaseDatabaseWrapper, "close_if_unusable_or_obsolete", lambda connection: None)
