"""Pages as a browser without scripts sees them."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from movies.models import Movie
from rooms import services
from rooms.models import Room

Browser = Callable[..., Client]


@pytest.fixture
def browser(db: None) -> Browser:
    """``browser(alice)`` is signed in on the web, ``browser()`` is nobody."""

    def make(user: User | None = None) -> Client:
        client = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"})
        if user is not None:
            client.force_login(user)
        return client

    return make


@pytest.fixture
def room(alice: User) -> Room:
    """Unlisted: who has the code may come in."""
    return services.create_room(by=alice, name="Movie night", visibility="unlisted")


@pytest.fixture
def private(alice: User) -> Room:
    return services.create_room(by=alice, name="Just us", visibility="private")


@pytest.fixture
def bob_in(room: Room, bob: User) -> User:
    services.join(by=bob, room=room)
    return bob


@pytest.fixture
def film(alice: User) -> Movie:
    ready = {"status": Movie.Status.READY, "duration": 3723.0, "width": 1920, "height": 1080, "size": 5_000_000}
    return Movie.objects.create(owner=alice, title="Metropolis", poster="posters/x.jpg", **ready)
