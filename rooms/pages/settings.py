"""A room's settings: what hosts change, and whom hosts and moderators let in or out."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.links import origin_of
from accounts.models import User
from rooms import links, selectors, services
from rooms.access import OWNER_RANK, RANKS, Standing
from rooms.forms import InviteForm, RoleForm, RoomSettingsForm
from rooms.models import Invite, Membership, Room
from sync.commands import may_control
from watchparty.errors import DomainError, NotFound
from watchparty.pages import page, put_on_form


@dataclass(frozen=True, slots=True)
class Seat:
    """A member as the list shows them. ``role_form`` is None where the reader may not change the role."""

    membership: Membership
    is_owner: bool
    is_me: bool
    removable: bool
    role_form: RoleForm | None
    may_be_host: bool
    grantable: bool


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@page
def settings(request: HttpRequest, code: str) -> HttpResponseBase:
    who = moderated(request, code)
    if request.method != "POST":
        return show(request, who)
    who.require_host()
    form = RoomSettingsForm(request.POST)
    if form.is_valid():
        try:
            services.change_room(by=_user(request), room=who.room, **form.room_fields())
        except DomainError as error:
            put_on_form(form, error)
        else:
            messages.success(request, _("Saved. Everybody in the room has it already."))
            return redirect("room-settings", code)
    return show(request, who, form=form)


@require_POST
@login_required
@page
def close(request: HttpRequest, code: str) -> HttpResponseBase:
    who = selectors.seen_by(_user(request), code)
    services.close_room(by=_user(request), room=who.room)
    messages.success(request, _("“%s” is closed.") % who.room.name)
    return redirect("home")


@require_POST
@login_required
@page
def create_invite(request: HttpRequest, code: str) -> HttpResponseBase:
    """No redirect afterwards: the link can be shown this once only, because its token isn't kept."""
    who = moderated(request, code)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return show(request, who, invite_form=form)
    origin = origin_of(request)
    try:
        invite, token = services.create_invite(
            by=_user(request),
            room=who.room,
            email=form.cleaned_data["email"] or None,
            max_uses=form.cleaned_data["max_uses"],
            expires_in=timedelta(seconds=form.cleaned_data["expires_in"]),
            origin=origin,
        )
    except DomainError as error:
        put_on_form(form, error)
        return show(request, who, invite_form=form)
    return show(request, who, made={"invite": invite, "token": token, "url": links.invite_page(token, origin)})


@require_POST
@login_required
@page
def revoke_invite(request: HttpRequest, code: str, invite_id: UUID) -> HttpResponseBase:
    who = moderated(request, code)
    invite = selectors.invites(who.room).filter(pk=invite_id).first()
    if invite is None:
        raise NotFound(_("There is no such invite."))
    services.revoke_invite(by=_user(request), invite=invite)
    messages.success(request, _("That link no longer works. Who came by it stays."))
    return redirect("room-settings", code)


def moderated(request: HttpRequest, code: str) -> Standing:
    """The room, for who moderates it. Raises NotFound, Forbidden."""
    who = selectors.seen_by(_user(request), code)
    who.require_moderator()
    return who


def show(
    request: HttpRequest,
    who: Standing,
    *,
    form: RoomSettingsForm | None = None,
    invite_form: InviteForm | None = None,
    made: dict[str, Invite | str] | None = None,
) -> HttpResponse:
    """The page; ``made`` is the invite of just now with its ``token`` and ``url``."""
    context = {
        "room": who.room,
        "hosts": who.hosts,
        "is_owner": who.is_owner,
        "form": form or RoomSettingsForm(initial=RoomSettingsForm.initial_of(who.room)),
        "seats": [_seat(who, membership) for membership in selectors.members(who.room)],
        "bans": selectors.bans(who.room),
        "invites": selectors.invites(who.room),
        "invite_form": invite_form or InviteForm(),
        "made": made,
    }
    wrong = (form is not None and form.errors) or (invite_form is not None and invite_form.errors)
    return render(request, "rooms/settings.html", context, status=422 if wrong else 200)


def _seat(who: Standing, membership: Membership) -> Seat:
    owner = membership.user_id == who.room.owner_id
    above = who.rank > (OWNER_RANK if owner else RANKS[membership.role])
    role_form = None
    if above and who.hosts and membership.role != Membership.Role.GUEST:
        role_form = RoleForm(initial={"role": membership.role}, auto_id=f"id_role_{membership.pk}_%s")
        if not who.is_owner:
            field = role_form.fields["role"]
            field.choices = [choice for choice in field.choices if choice[0] != Membership.Role.HOST]  # type: ignore[attr-defined]
    return Seat(
        membership=membership,
        is_owner=owner,
        is_me=membership.user_id == who.user_id,
        removable=above and who.moderates,
        role_form=role_form,
        may_be_host=_may_be_host(who, membership),
        grantable=_may_grant(who) and not may_control(membership.role, who.room.control),
    )


def _may_be_host(who: Standing, membership: Membership) -> bool:
    """The owner takes the host's role back; hosts hand theirs to somebody with an account."""
    if membership.user_id == who.user_id:
        return who.is_owner and membership.role != Membership.Role.HOST
    return who.hosts and membership.role not in (Membership.Role.HOST, Membership.Role.GUEST)


def _may_grant(who: Standing) -> bool:
    return who.hosts or (who.moderates and who.room.control != Room.Control.HOST)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
