"""A new room, the room itself, and its door."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from movies import selectors as movies
from movies.external.policy import allow_media, fetched_origins, media_origins
from movies.models import Movie
from rooms import selectors, services
from rooms.access import Standing, Verdict
from rooms.forms import JoinForm, NewRoomForm
from rooms.models import Membership, Room
from rooms.services import RoomFields
from rooms.templates import TEMPLATES, filled
from watchparty.errors import DomainError, Forbidden
from watchparty.pages import page, put_on_form


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@page
def new(request: HttpRequest) -> HttpResponseBase:
    user = _user(request)
    if user.is_guest:
        raise Forbidden(_("Guests can't make rooms: register an account first."), code="guest")
    asked = request.GET.get("template", "")
    template = asked if asked in TEMPLATES else ""
    form = NewRoomForm(
        request.POST if request.method == "POST" else None,
        movies=movies.owned_by(user).exclude(status=Movie.Status.FAILED),
        initial={"movie": request.GET.get("movie")} | (NewRoomForm.initial_of(template) if template else {}),
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_room(by=user, **_wanted(form))
        except DomainError as error:
            put_on_form(form, error)
        else:
            if movie := form.cleaned_data["movie"]:
                _queue_first(request, made, movie)
            return redirect("room", made.code)
    context = {"form": form, "templates": TEMPLATES, "template": template}
    return render(request, "rooms/new.html", context, status=422 if form.errors else 200)


def _wanted(form: NewRoomForm) -> RoomFields:
    template, given = form.cleaned_data["template"], form.room_fields()
    return cast(RoomFields, filled(template, given)) if template else given


@require_safe
@login_required
@page
def room(request: HttpRequest, code: str) -> HttpResponseBase:
    """The room for its members, its door for others who may know of it."""
    who = selectors.seen_by(_user(request), code)
    if who.verdict is not Verdict.ADMITTED:
        return _door(request, who, JoinForm())
    membership = Membership.objects.get(room=who.room, user=_user(request))
    queued = [entry.movie for entry in selectors.queue(who.room)]
    origins, fetched = media_origins(queued), fetched_origins(queued)
    context = {
        "room": who.room,
        "membership": membership,
        "room_data": room_data(who) | {"media_origins": origins, "fetched_origins": fetched},
        "may_manage": who.moderates,
        "settings_url": reverse("room-settings", args=[who.room.code]),
    }
    return allow_media(render(request, "rooms/room.html", context), origins, fetched)


def _queue_first(request: HttpRequest, made: Room, movie: Movie) -> None:
    try:
        services.add_to_queue(by=_user(request), room=made, movie=movie)
    except DomainError as error:
        messages.error(request, error.detail)


def room_data(who: Standing) -> dict[str, object]:
    """What the scripts of the room page start from."""
    room, user = who.room, User.objects.get(pk=who.user_id)
    return {
        "code": room.code,
        "name": room.name,
        "control": room.control,
        "role": who.role,
        "owner": str(room.owner_id),
        "user": {"id": str(user.pk), "name": user.name, "is_guest": user.is_guest},
        "websocket": f"/ws/rooms/{room.code}/",
        "api": "/api/v1/",
        "csrf_cookie": "csrftoken",
    }


@require_POST
@login_required
@page
def join(request: HttpRequest, code: str) -> HttpResponseBase:
    user = _user(request)
    who = selectors.seen_by(user, code)
    form = JoinForm(request.POST)
    if form.is_valid():
        try:
            services.join(by=user, room=who.room, password=form.cleaned_data["password"])
        except DomainError as error:
            put_on_form(form, error)
        else:
            return redirect("room", who.room.code)
    return _door(request, who, form)


@require_POST
@login_required
@page
def leave(request: HttpRequest, code: str) -> HttpResponseBase:
    user = _user(request)
    who = selectors.seen_by(user, code)
    services.leave(by=user, room=who.room)
    messages.success(request, _("You left “%s”.") % who.room.name)
    return redirect("home")


def _door(request: HttpRequest, who: Standing, form: JoinForm) -> HttpResponse:
    context = {
        "room": who.room,
        "form": form,
        "banned": who.banned,
        "kicked": who.kicked,
        "member_count": selectors.member_count(who.room),
    }
    return render(request, "rooms/door.html", context, status=403 if who.banned else 422 if form.errors else 200)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
