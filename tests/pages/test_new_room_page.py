import pytest

from accounts.models import User
from accounts.services import create_guest
from movies.models import Movie
from rooms.models import Room
from tests.pages.conftest import Browser

NEW = "/rooms/new/"
FILLED = {"name": "Friday", "visibility": "private", "control": "host", "policy": "nobody", "allow_guests": "on"}


def test_it_works(browser: Browser, alice: User, film: Movie):
    answer = browser(alice).post(NEW, FILLED | {"movie": str(film.pk), "password": "sesame"})
    room = Room.objects.get(name="Friday")
    assert (answer.status_code, answer["Location"]) == (302, f"/rooms/{room.code}/")
    assert (room.control, room.buffering_policy, room.allow_guests) == ("host", "nobody", True)
    assert room.password
    assert room.queue_entries.get().movie == film


def test_an_unchecked_box_keeps_guests_out(browser: Browser, alice: User):
    browser(alice).post(NEW, {name: value for name, value in FILLED.items() if name != "allow_guests"})
    assert not Room.objects.get().allow_guests


def test_a_stranger_signs_in_first(browser: Browser):
    assert browser().post(NEW, FILLED)["Location"] == f"/accounts/login/?next={NEW}"


def test_a_guest_may_not(browser: Browser):
    assert browser(create_guest(display_name="Gus")).post(NEW, FILLED).status_code == 403
    assert not Room.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("visibility", "secret"),
        ("control", ""),
        ("policy", "me"),
        ("movie", "rubbish"),
    ],
)
def test_a_refusal_is_at_its_field(browser: Browser, alice: User, field: str, value: str):
    answer = browser(alice).post(NEW, FILLED | {field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"'.encode() in answer.content
    assert not Room.objects.exists()


def test_only_own_films_are_offered(browser: Browser, alice: User, bob: User, film: Movie):
    assert b"Metropolis" in browser(alice).get(NEW).content
    assert b"Metropolis" not in browser(bob).get(NEW).content
    assert browser(bob).post(NEW, FILLED | {"movie": str(film.pk)}).status_code == 422


def test_a_failed_film_is_not_offered(browser: Browser, alice: User, film: Movie):
    Movie.objects.filter(pk=film.pk).update(status=Movie.Status.FAILED)
    assert b"Metropolis" not in browser(alice).get(NEW).content


def test_a_film_can_be_chosen_beforehand(browser: Browser, alice: User, film: Movie):
    assert f'value="{film.pk}" selected' in browser(alice).get(NEW, {"movie": str(film.pk)}).content.decode()


def test_a_template_answers_what_the_page_does_not_ask(browser: Browser, alice: User):
    client = browser(alice)
    form = client.get(NEW + "?template=classroom").context["form"]
    assert (form["control"].value(), form["policy"].value(), form["allow_guests"].value()) == ("host", "quorum", False)
    client.post(NEW, FILLED | {"template": form["template"].value(), "policy": "nobody"})
    room = Room.objects.get()
    assert (room.slow_mode, room.buffering_policy, room.allow_guests) == (10, "nobody", True)
