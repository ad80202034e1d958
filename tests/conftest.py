"""The cast: Alice hosts, Bob is a member, Charlie is a stranger. And the real server that some tests need."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from rest_framework.test import APIClient

from accounts.models import User
from tests.live import PASSWORD, LiveServer
from watchparty import limits

pytest_plugins = ["tests.services"]

# How long the making of an example takes is the machine's affair; the first text of a clean checkout takes seconds.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def _fresh_counts() -> Iterator[None]:
    """Rate limits and the cache start empty for each test."""
    from django.core.cache import cache

    yield
    limits.storage().reset()
    cache.clear()


@pytest.fixture(autouse=True)
def _writer_of_its_own() -> None:
    """Each test has rows of the audit trail of its own, so it numbers them from 1, and jobs of its own."""
    from audit import services, writers

    writers.begin_anew()
    services.ask_anew()


def _person(name: str) -> User:
    return User.objects.create_user(
        username=name, email=f"{name}@example.org", password=PASSWORD, display_name=name.title()
    )


@pytest.fixture
def alice(db: None) -> User:
    return _person("alice")


@pytest.fixture
def bob(db: None) -> User:
    return _person("bob")


@pytest.fixture
def charlie(db: None) -> User:
    return _person("charlie")


@pytest.fixture
def api() -> Callable[..., APIClient]:
    """``api(user)`` is a client signed in by bearer token; ``api()`` is nobody."""
    from accounts.services import issue_tokens

    def make(user: User | None = None) -> APIClient:
        client = APIClient()
        if user is not None:
            tokens = issue_tokens(user=user, user_agent="tests", ip="127.0.0.1")
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.access}")
        return client

    return make


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One web process and one worker for all tests of this run that need them."""
    live = LiveServer(tmp_path_factory.mktemp("server") / "data").start()
    yield live
    live.stop()


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., LiveServer]]:
    """``new_server(SYNC_HEARTBEAT_TIMEOUT="2")``: a server of the test's own, with other settings."""
    started: list[LiveServer] = []

    def start(**settings: str) -> LiveServer:
        live = LiveServer(tmp_path / f"server{len(started)}", extra=settings)
        started.append(live)
        return live.start()

    yield start
    for live in started:
        live.stop()
