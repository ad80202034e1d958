import pytest
from pytest_django import Settings

from rooms.origins import is_ours


@pytest.fixture(autouse=True)
def _known(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["party.example", "127.0.0.1", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example", "https://*.studio.example"]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://party.example", "party.example"),
        ("http://party.example", "party.example:80"),
        ("https://party.example", "party.example"),
        ("https://party.example:443", "party.example"),
        ("http://party.example:8000", "party.example:8000"),
        ("HTTP://Party.Example:8000", "party.example:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://app.example", "party.example"),
        ("https://one.studio.example", "party.example"),
    ],
)
def test_it_works(origin: str, host: str):
    assert is_ours([origin], [host], secure=False)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://party.example", "party.example:8000"),
        ("https://party.example", "party.example:80"),
        ("http://evil.example", "evil.example"),  # a name of another's that leads here
        ("http://app.example", "party.example"),
        ("https://app.example:444", "party.example"),
        ("https://studio.example", "party.example"),
        ("https://evilstudio.example", "party.example"),
        ("ws://party.example", "party.example"),
        ("null", "party.example"),
        ("", ""),
        ("http://", ""),
        ("http://party.example:99999", "party.example:99999"),
        ("http://party.example:0", "party.example:0"),
        ("http://party.example:", "party.example"),
        ("http://party.example/", "party.example"),
        ("http://party.example/i/x", "party.example"),
        ("http://party.example?x", "party.example"),
        ("http://party.example#x", "party.example"),
        ("http://alice@party.example", "party.example"),
        ("http://evil.example@party.example", "party.example"),
        ("http://party.example", "evil.example@party.example"),
        ("http://party.example", "party.example/x"),
        ("http://party.example\n", "party.example"),
        (" http://party.example", "party.example"),
        ("http:\\\\party.example", "party.example"),
        ("https://evil.example/.studio.example", "party.example"),
        ("https://evil.example?.studio.example", "party.example"),
        ("https://evil.example@one.studio.example", "party.example"),
    ],
)
def test_others_are_not_ours(origin: str, host: str):
    assert not is_ours([origin], [host], secure=False)


def test_a_plain_page_does_not_reach_a_secure_socket():
    assert not is_ours(["http://party.example"], ["party.example"], secure=True)
    assert is_ours(["https://party.example"], ["party.example"], secure=True)


def test_there_is_one_of_each():
    ours, host = "http://party.example", "party.example"

    assert not is_ours([], [host], secure=False)
    assert not is_ours([ours, ours], [host], secure=False)
    assert not is_ours([ours], [], secure=False)
    assert not is_ours([ours], [host, host], secure=False)
