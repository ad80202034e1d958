"""What can be done to one member, each a button on the settings page."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from rooms import selectors, services
from rooms.pages.settings import moderated
from watchparty.errors import NotFound
from watchparty.pages import page


@require_POST
@login_required
@page
def role(request: HttpRequest, code: str, user_id: UUID) -> HttpResponseBase:
    who = moderated(request, code)
    member = selectors.member(who.room, user_id)
    seat = services.change_role(by=_user(request), room=who.room, user=member.user, role=request.POST.get("role", ""))
    told = {"name": seat.user.name, "role": seat.get_role_display()}
    messages.success(request, _("%(name)s is %(role)s now.") % told)
    return redirect("room-settings", code)


@require_POST
@login_required
@page
def mute(request: HttpRequest, code: str, user_id: UUID) -> HttpResponseBase:
    """With ``muted=no`` they may write again."""
    who = moderated(request, code)
    user = selectors.member(who.room, user_id).user
    seat = services.mute(by=_user(request), room=who.room, user=user, muted=request.POST.get("muted") != "no")
    text = _("%s can read the chat, not write in it.") if seat.muted else _("%s may write in the chat again.")
    messages.success(request, text % user.name)
    return redirect("room-settings", code)


@require_POST
@login_required
@page
def control(request: HttpRequest, code: str, user_id: UUID) -> HttpResponseBase:
    """Let somebody control the room; with ``granted=no`` decline it or take it back."""
    who = moderated(request, code)
    user = selectors.member(who.room, user_id).user
    granted = request.POST.get("granted") != "no"
    services.grant_control(by=_user(request), room=who.room, user=user, granted=granted)
    text = _("%s may play and pause now.") if granted else _("%s may not play and pause on their own account.")
    messages.success(request, text % user.name)
    return redirect("room-settings", code)


@require_POST
@login_required
@page
def host(request: HttpRequest, code: str, user_id: UUID) -> HttpResponseBase:
    who = selectors.seen_by(_user(request), code)
    who.require_member()
    user = selectors.member(who.room, user_id).user
    services.hand_over(by=_user(request), room=who.room, user=user)
    messages.success(request, _("%s is the host now.") % user.name)
    return redirect("room-settings", code)


@require_POST
@login_required
@page
def kick(request: HttpRequest, code: str, user_id: UUID) -> HttpResponseBase:
    who = moderated(request, code)
    user = selectors.member(who.room, user_id).user
    services.kick(by=_user(request), room=who.room, user=user)
    messages.success(request, _("%s is out of the room.") % user.name)
    return redirect("room-settings", code)


@require_POST
@login_required
@page
def ban(request: HttpRequest, code: str, user_id: UUID) -> HttpResponseBase:
    who = moderated(request, code)
    user = selectors.member(who.room, user_id).user
    services.ban(by=_user(request), room=who.room, user=user)
    messages.success(request, _("%s is out of the room and can't come back.") % user.name)
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
