"""GET movies/?search=&ordering=: a library that is looked through."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from movies.models import Movie

URL = "/api/v1/movies/"
Titles = Callable[..., list[str]]


@pytest.fixture
def titles(api: Callable[..., Any], alice: User, bob: User) -> Titles:
    """``titles(search=…)``: of Alice's films that are found."""
    Movie.objects.create(owner=bob, title="Alien of Bob")
    for title, duration, size in (("Alien", 7000.0, 3), ("The Alien Returns", 6000.0, 2), ("brazil", None, None)):
        Movie.objects.create(owner=alice, title=title, duration=duration, size=size)
    client = api(alice)
    return lambda **asked: [one["title"] for one in client.get(URL, asked).json()["results"]]


def test_it_works(titles: Titles) -> None:
    assert titles(search="alien", ordering="title") == ["Alien", "The Alien Returns"]


@pytest.mark.parametrize("search", ["returns alien", "ALIEN  the", " returns "])
def test_every_word_counts_in_any_order(titles: Titles, search: str) -> None:
    assert titles(search=search) == ["The Alien Returns"]


@pytest.mark.parametrize("search", ["%", "_", "alien%returns", "alien bob"])
def test_what_no_title_has_finds_nothing(titles: Titles, search: str) -> None:
    assert titles(search=search) == []


@pytest.mark.parametrize(
    ("ordering", "order"),
    [
        ("", ["brazil", "The Alien Returns", "Alien"]),
        ("created_at", ["Alien", "The Alien Returns", "brazil"]),
        ("title", ["Alien", "brazil", "The Alien Returns"]),
        ("-title", ["The Alien Returns", "brazil", "Alien"]),
        ("duration", ["The Alien Returns", "Alien", "brazil"]),
        ("-duration", ["Alien", "The Alien Returns", "brazil"]),
        ("size", ["The Alien Returns", "Alien", "brazil"]),
        ("-size", ["Alien", "The Alien Returns", "brazil"]),
    ],
)
def test_the_order_is_as_asked(titles: Titles, ordering: str, order: list[str]) -> None:
    assert titles(ordering=ordering) == order


@pytest.mark.parametrize(
    "asked", [{"ordering": "owner__password"}, {"ordering": "--title"}, {"search": "x" * 201}, {"search": "a\0b"}]
)
def test_an_odd_question_is_named(api: Callable[..., Any], alice: User, asked: dict[str, str]) -> None:
    answer = api(alice).get(URL, asked)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == next(iter(asked))
