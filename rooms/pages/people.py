"""What can be done to one member, each a button on the settings page."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from rooms import selectors, services
from rooms.models import Room
from rooms.pages.settings import moderated
from watchparty.errors import NotFound
from watchparty.pages import page


def _to_a_member(act: Callable[[HttpRequest, Room, User], str]) -> Callable[..., HttpResponseBase]:
    """The view of what moderators do to a member of the room. ``act`` answers what the page then says."""

    @require_POST
    @login_required
    @page
    @wraps(act)
    def view(request: HttpRequest, code: str, user_id: UUID) -> HttpResponseBase:
        room = moderated(request, code).room
        messages.success(request, act(request, room, selectors.member(room, user_id).user))
        return redirect("room-settings", code)

    return view


@_to_a_member
def role(request: HttpRequest, room: Room, user: User) -> str:
    seat = services.change_role(by=_user(request), room=room, user=user, role=request.POST.get("role", ""))
    return _("%(name)s is %(role)s now.") % {"name": seat.user.name, "role": seat.get_role_display()}


@_to_a_member
def mute(request: HttpRequest, room: Room, user: User) -> str:
    """With ``muted=no`` they may write again."""
    seat = services.mute(by=_user(request), room=room, user=user, muted=request.POST.get("muted") != "no")
    text = _("%s can read the chat, not write in it.") if seat.muted else _("%s may write in the chat again.")
    return text % user.name


@_to_a_member
def control(request: HttpRequest, room: Room, user: User) -> str:
    """Let somebody control the room; with ``granted=no`` decline it or take it back."""
    granted = request.POST.get("granted") != "no"
    services.grant_control(by=_user(request), room=room, user=user, granted=granted)
    text = _("%s may play and pause now.") if granted else _("%s may not play and pause on their own account.")
    return text % user.name


@_to_a_member
def kick(request: HttpRequest, room: Room, user: User) -> str:
    services.kick(by=_user(request), room=room, user=user)
    return _("%s is out of the room.") % user.name


@_to_a_member
def ban(request: HttpRequest, room: Room, user: User) -> str:
    services.ban(by=_user(request), room=room, user=user)
    return _("%s is out of the room and can't come back.") % user.name


@require_POST
@login_required
@page
def host(request: HttpRequest, code: str, user_id: UUID) -> HttpResponseBase:
    """The one button that is no moderator's: the host's, and the owner's."""
    who = selectors.seen_by(_user(request), code)
    who.require_member()
    user = selectors.member(who.room, user_id).user
    services.hand_over(by=_user(request), room=who.room, user=user)
    messages.success(request, _("%s is the host now.") % user.name)
    return redirect("room-settings", code)


@require_POST
@login_required
@page
def unban(request: HttpRequest, code: str, user_id: UUID) -> HttpResponseBase:
    who = moderated(request, code)
    banned = selectors.bans(who.room).filter(user=user_id).first()
    if banned is None:
        raise NotFound(_("Nobody with that id is banned from this room."))
    services.unban(by=_user(request), room=who.room, user=banned.user)
    messages.success(request, _("%s may come in again.") % banned.user.name)
    return redirect("room-settings", code)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
