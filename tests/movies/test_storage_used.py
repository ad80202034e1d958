"""GET movies/storage/, and the library's own words: what somebody's movies take up, as the quotas count it."""

from collections.abc import Callable
from typing import Any

from accounts.models import User
from movies.models import Movie

Api = Callable[..., Any]
URL = "/api/v1/movies/storage/"


def test_it_works(api: Api, alice: User, bob: User, settings: Any) -> None:
    settings.UPLOAD_QUOTA_USER = 5_000
    for owner, size in ((alice, 1_000), (alice, 500), (bob, 70)):
        Movie.objects.create(owner=owner, title="A film", status="ready", size=size)
    Movie.objects.create(owner=alice, title="Announced", status="uploading", size=200)
    Movie.objects.create(owner=alice, title="Not kept", status="failed", size=10_000)
    Movie.objects.create(owner=alice, title="Elsewhere", status="ready", size=10_000, url="https://example.org/x.mp4")
    assert api(alice).get(URL).json() == {"used": 1_700, "most": 5_000}


def test_without_a_quota_there_is_no_bound(api: Api, alice: User) -> None:
    assert api(alice).get(URL).json() == {"used": 0, "most": None}


def test_it_is_for_who_is_signed_in(api: Api) -> None:
    assert api().get(URL).status_code == 401
