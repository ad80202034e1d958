"""Every page of every model opens, for who may open it, in a number of queries that doesn't grow with the rows."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib import admin as django_admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import services as accounts
from accounts.models import User
from audit.alarms import raise_alarms
from audit.shipping import ship
from movies.models import Movie
from rooms import services
from rooms.models import Message, Room, Watched
from tests.live import PASSWORD

MODELS = sorted(django_admin.site._registry, key=lambda model: model._meta.label)
SHOWN = [model for model in MODELS if model._meta.app_label != "auth"]


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def populate(room: Room, people: int = 1) -> None:
    """A row of everything, and as many people, bans, invites, lines and movies as asked for."""
    owner = room.owner
    for _number in range(people):
        name = f"guest{uuid4().hex[:8]}"
        user = User.objects.create_user(username=name, password=PASSWORD)
        accounts.issue_tokens(user=user, kind="api", user_agent="tests", ip="127.0.0.1")
        _invite, token = services.create_invite(by=owner, room=room)
        services.accept_invite(by=user, token=token, asker=name)
        services.ban(by=owner, room=room, user=User.objects.create_user(username=f"out{uuid4().hex[:8]}"))
        movie = Movie.objects.create(owner=user, title=name)
        services.add_to_queue(by=user, room=room, movie=movie)
        Watched.objects.create(room=room, movie=movie, title=name, seq=movie.pk.int >> 70, started_by=user)
        seq = Message.objects.count() + 1
        Message.objects.create(
            room=room, chat_seq=seq, user=user, author_name=name, text="Hello", session="s", client_id=f"{seq}"
        )
        raise_alarms([f"{name}: it differs"])
    ship()


@pytest.fixture
def populated(room: Room) -> Room:
    populate(room)
    return room


def test_the_models_that_people_look_for_are_there() -> None:
    assert {model._meta.label for model in SHOWN} == {
        "accounts.User",
        "accounts.Session",
        "rooms.Room",
        "rooms.Membership",
        "rooms.Ban",
        "rooms.Invite",
        "rooms.Message",
        "rooms.QueueEntry",
        "rooms.Watched",
        "movies.Movie",
        "audit.OutboxEvent",
        "audit.Alarm",
    }


def test_the_index_opens(admin: Client) -> None:
    page = admin.get("/admin/")
    assert page.status_code == 200
    assert "WatchParty" in page.content.decode()


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model._meta.label)
def test_lists_open_and_search(admin: Client, populated: Room, model: type[Model]) -> None:
    assert model._default_manager.exists()
    for query in ("", "?q=alice", f"?q={populated.code}", f"?q={populated.pk}", "?o=1", "?o=-2", "?p=1"):
        assert admin.get(address(model, "changelist") + query).status_code == 200, query


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model._meta.label)
def test_filters_open(admin: Client, populated: Room, model: type[Model]) -> None:
    page = admin.get(address(model, "changelist"))
    choices = [
        choice["query_string"]
        for spec in page.context["cl"].filter_specs
        for choice in list(spec.choices(page.context["cl"]))[:3]
    ]
    assert choices
    for query in choices:
        assert admin.get(address(model, "changelist") + query).status_code == 200, query


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model._meta.label)
def test_a_row_opens(admin: Client, populated: Room, model: type[Model]) -> None:
    for row in model._default_manager.all()[:3]:
        assert admin.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model._meta.label)
def test_a_row_that_is_not_there_leads_back(admin: Client, populated: Room, model: type[Model]) -> None:
    missing = 999999 if model._meta.pk.get_internal_type() == "BigAutoField" else uuid4()
    for pk in (missing, "rubbish"):
        page = admin.get(address(model, "change", pk))
        assert (page.status_code, page.headers["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model._meta.label)
def test_nothing_is_added_or_deleted_as_a_bare_row(admin: Client, populated: Room, model: type[Model]) -> None:
    row = model._default_manager.first()
    assert row is not None
    assert admin.get(address(model, "add")).status_code == 403
    assert admin.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin.get(address(model, "changelist")).content.decode()
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model._meta.label)
def test_more_rows_cost_no_more_queries(admin: Client, room: Room, model: type[Model]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            admin.get(address(model, "changelist"))
        return len(seen)

    populate(room, people=2)
    queries()
    few = queries()
    populate(room, people=6)
    assert queries() == few


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model._meta.label)
def test_secrets_are_not_shown(admin: Client, populated: Room, model: type[Model]) -> None:
    hidden = {"password", "token_hash", "session_key"}
    for row in model._default_manager.all()[:3]:
        page = admin.get(address(model, "change", row.pk)).content.decode()
        for name in hidden & {field.name for field in model._meta.fields}:
            secret = getattr(row, name)
            assert not secret or secret not in page


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_who_is_no_staff_sees_nothing(charlie: User, populated: Room, model: type[Model]) -> None:
    client = Client()
    assert client.get(address(model, "changelist")).status_code == 302
    client.force_login(charlie)
    page = client.get(address(model, "changelist"), follow=True)
    assert page.status_code == 403


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model._meta.label)
def test_staff_without_the_permission_see_nothing(bob: User, populated: Room, model: type[Model]) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    client = Client()
    client.force_login(User.objects.get(pk=bob.pk))
    assert client.get("/admin/").status_code == 200
    assert client.get(address(model, "changelist")).status_code == 403


def test_signing_in_is_the_one_page(client: Client) -> None:
    page: Any = client.get("/admin/rooms/room/?q=x")
    assert page.headers["Location"] == "/admin/login/?next=/admin/rooms/room/%3Fq%3Dx"
    page = client.get(page.headers["Location"])
    assert page.headers["Location"] == "/accounts/login/?next=/admin/rooms/room/%3Fq%3Dx"


def test_a_wrong_password_can_not_be_tried_at_the_admins_own_door(client: Client, root: User) -> None:
    page = client.post("/admin/login/", {"username": "root", "password": PASSWORD})
    assert page.headers["Location"] == "/accounts/login/?next=/admin/"
    assert "_auth_user_id" not in client.session


def test_who_is_signed_in_as_staff_goes_on(admin: Client) -> None:
    assert admin.get("/admin/login/").headers["Location"] == "/admin/"


def test_ones_own_password_is_changed_in_the_profile(admin: Client) -> None:
    assert admin.get("/admin/password_change/").headers["Location"] == reverse("profile")


def test_the_pages_hold_to_the_policy(admin: Client, populated: Room) -> None:
    page = admin.get(address(Room, "change", populated.pk))
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    for template in ("confirm", "password", "base_site"):
        text = (settings.BASE_DIR / f"templates/admin/{template}.html").read_text()
        assert "style=" not in text
        assert "<script" not in text
        assert "<style" not in text
