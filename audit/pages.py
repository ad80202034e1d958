"""A room's audit page: what was done there, for its hosts and moderators, each entry with its proof when asked."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from audit import ledger, selectors
from audit.facts import Value
from audit.forms import RoomFilterForm
from audit.ledger.port import LedgerUnavailable
from audit.models import OutboxEvent
from audit.serializers import as_json, without_proof
from audit.verification import verify_one
from rooms.selectors import seen_by
from watchparty.pages import page

A_PAGE = 30
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the list shows it. ``proof`` is as AuditProofSerializer has it, None where nobody asked."""

    event: OutboxEvent
    who: str
    whom: str
    details: list[tuple[str, str]]
    proof: dict[str, Any] | None


@require_safe
@login_required
@page
def room_audit(request: HttpRequest, code: str) -> HttpResponseBase:
    """``verify`` in the query is the entry whose proof is shown: looking changes nothing."""
    assert isinstance(request.user, User)
    who = seen_by(request.user, code)
    who.require_moderator()
    events = selectors.of_room(who.room)
    form = RoomFilterForm(request.GET, people=selectors.actors(who.room))
    chosen = form.narrow(events) if form.is_valid() else events.none()
    shown = Paginator(chosen, A_PAGE).get_page(request.GET.get("page"))
    names = selectors.names(shown.object_list)
    lines = [_line(event, names, request.GET.get("verify", "")) for event in shown.object_list]
    context = {"room": who.room, "form": form, "lines": lines, "page": shown}
    return render(request, "audit/room.html", context, status=422 if form.errors else 200)


def _line(event: OutboxEvent, names: selectors.Names, asked: str) -> Line:
    return Line(
        event=event,
        who=_name(event.actor, names),
        whom=names.subject(event) or "",
        # An id says nothing to people; the entry in the admin has it.
        details=_details(event.data),
        proof=_proof(event) if asked == str(event.event) else None,
    )


def _details(data: object) -> list[tuple[str, str]]:
    if not isinstance(data, dict):
        # Somebody edited the row past the product. Its proof says so, if the page is shown.
        return [(_("data"), str(data))]
    return [(name.replace("_", " "), _text(value)) for name, value in sorted(data.items()) if name != "movie"]


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(NOTHING if value is None else value)


def _name(actor: UUID | None, names: selectors.Names) -> str:
    if actor is None:
        return _("The server")
    return names.users.get(actor) or _("Deleted account")


def _proof(event: OutboxEvent) -> dict[str, Any]:
    name = ledger.current().name
    try:
        return as_json(verify_one(event), name)
    except LedgerUnavailable as away:
        return without_proof("unavailable", away.detail, name)
