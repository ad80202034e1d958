"""No link that lets somebody in can be read in the log."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import Resolver404

from watchparty.logging import masked

SECRET = "s3cr3t-T0ken_1"
ACCESS = '%s - "%s %s HTTP/%s" %d'
Log = Callable[[], str]


def formatter(name: str) -> logging.Formatter:
    """As the settings ask for it."""
    from logging.config import DictConfigurator

    formatters: Any = project.LOGGING["formatters"]
    configured = DictConfigurator({"version": 1, "formatters": {name: dict(formatters[name])}})
    made: logging.Formatter = configured.configure_formatter(configured.config["formatters"][name])
    return made


@pytest.fixture(params=["plain", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    """``log()``: what the console shows by now, in either form."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(request.param))
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream.getvalue
    root.removeHandler(handler)


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/reset/MTIz/{}/",
        "/accounts/reset/MTIz/{}/more/",
        "/accounts/verify/MTIz/{}/",
        "/i/{}/",
        "/i/{}/qr.svg",
        "/i/{}/nothing-here",
        "/api/v1/invites/{}/",
        "/api/v1/invites/{}/accept/",
        "/api/v1/invites/{}/nothing-here/",
    ],
)
def test_it_works(db: None, log: Log, path: str) -> None:
    answer = Client().put(path.format(SECRET))

    assert answer.status_code >= 400
    assert SECRET not in log()
    assert "***" in log()


@pytest.mark.parametrize(
    ("name", "message", "args"),
    [
        ("uvicorn.access", ACCESS, ("1.2.3.4:5", "GET", "/api/v1/movies/1/stream/?token={}", "1.1", 206)),
        ("uvicorn.access", ACCESS, ("1.2.3.4:5", "GET", "/i/{}/", "1.1", 200)),
        ("uvicorn.access", ACCESS, ("1.2.3.4:5", "GET", "/accounts/login/?next=%2Fi%2F{}%2F", "1.1", 200)),
        ("uvicorn.error", '%s - "WebSocket %s" [accepted]', ("1.2.3.4:5", "/ws/rooms/abc/?ticket={}&session={}&seq=4")),
        ("django.channels.server", "HTTP %(path)s", ({"path": "/accounts/reset/MTIz/{}/"},)),
        ("django.security.csrf", "Forbidden (%s): %s", ("Referer checking failed - http://x/i/{}/", "/i/{}/")),
    ],
)
def test_arguments_are_masked(log: Log, name: str, message: str, args: tuple[Any, ...]) -> None:
    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: told(one) for key, one in value.items()}
        return value.replace("{}", SECRET) if isinstance(value, str) else value

    logging.getLogger(name).warning(message, *(told(one) for one in args))

    assert SECRET not in log()
    assert "***" in log()


def test_tracebacks_are_masked(log: Log) -> None:
    try:
        raise Resolver404({"path": f"i/{SECRET}/x"})
    except Resolver404:
        logging.getLogger("django.request").exception("Not Found: %s", f"/i/{SECRET}/x")

    assert SECRET not in log()
    assert "Resolver404" in log()


def test_other_handlers_of_django_are_gone() -> None:
    for name in ("django", "django.request", "django.server"):
        assert not logging.getLogger(name).handlers


def test_json_stays_json() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "at %s", (f'/i/{SECRET}/?a="b"',), None)
    assert json.loads(formatter("json").format(record))["message"] == 'at /i/***/?a="b"'


@pytest.mark.parametrize(
    "text",
    [
        "disk I/O error",
        "Not Found: /api/v1/rooms/abc-defg-hjk/invites/00000000-0000-4000-8000-000000000000/",
        "Not Found: /accounts/reset/",
        "/api/v1/rooms/?page=2&size=5",
        "session=open token=none",
    ],
)
def test_the_rest_stays(text: str) -> None:
    assert masked(text) == text
