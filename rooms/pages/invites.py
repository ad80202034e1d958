"""An invite: what it is to, and the ways in."""

from io import BytesIO

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.addresses import client_address, limit_key
from accounts.links import origin_of
from accounts.models import User
from accounts.web_sessions import sign_in
from rooms import devices, links, selectors, services
from rooms.access import Verdict, standing
from rooms.forms import GuestForm
from rooms.models import Invite
from watchparty.errors import DomainError
from watchparty.pages import page, put_on_form


@require_http_methods(["GET", "HEAD", "POST"])
@page
def invite(request: HttpRequest, token: str) -> HttpResponseBase:
    """Who is signed in goes in by one button; others give a name, or sign in and come back here."""
    found = services.preview_invite(token=token, asker=_asker(request))
    if request.method != "POST":
        return _show(request, found, token, GuestForm())
    if request.POST.get("as") == "me" and isinstance(request.user, User):
        services.accept_invite(by=request.user, token=token, asker=_asker(request))
        return redirect("room", found.room.code)
    form = GuestForm(request.POST)
    if form.is_valid():
        device = devices.id_of(request)
        try:
            guest, room = services.admit_guest(
                token=token,
                display_name=form.cleaned_data["display_name"],
                address=limit_key(client_address(request)),
                device=devices.kept(device),
            )
        except DomainError as error:
            put_on_form(form, error)
        else:
            sign_in(request, guest)
            entered = redirect("room", room.code)
            devices.remember(entered, device)
            return entered
    return _show(request, found, token, form)


@require_safe
@page
def qr(request: HttpRequest, token: str) -> HttpResponseBase:
    """The invite's link as a QR code, for a phone to be held up to."""
    services.preview_invite(token=token, asker=_asker(request))
    drawn = BytesIO()
    segno.make(links.invite_page(token, origin_of(request)), error="m").save(
        drawn, kind="svg", xmldecl=False, omitsize=True, border=2, svgclass=None, lineclass=None
    )
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "private, no-store"})


def _show(request: HttpRequest, found: Invite, token: str, form: GuestForm) -> HttpResponse:
    me = request.user if isinstance(request.user, User) else None
    seat = standing(found.room, me) if me else None
    context = {
        "invite": found,
        "room": found.room,
        "member_count": selectors.member_count(found.room),
        "form": form,
        "here": request.path,
        # A guest of another room starts anew as a guest of this one.
        "as_me": me is not None and (not me.is_guest or (seat is not None and seat.ever_member)),
        "inside": seat is not None and seat.verdict is Verdict.ADMITTED,
        "banned": seat is not None and seat.banned,
    }
    return render(request, "rooms/invite.html", context, status=422 if form.errors else 200)


def _asker(request: HttpRequest) -> str:
    return str(request.user.pk) if isinstance(request.user, User) else client_address(request)
