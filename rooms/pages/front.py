"""The front page, and the way in by a code."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from accounts.models import User
from rooms import selectors
from watchparty.errors import NotFound
from watchparty.pages import page

LISTED = 60


@require_safe
@page
def home(request: HttpRequest) -> HttpResponseBase:
    """To visitors what this is; to people of the house their rooms."""
    return render(request, "rooms/home.html", _shown(request))


@require_safe
@page
def by_code(request: HttpRequest) -> HttpResponseBase:
    """To the room whose code, or whole link, was typed or pasted."""
    tried = request.GET.get("code", "").strip()
    code = tried.rstrip("/").rpartition("/")[2].lower()
    if not code:
        return redirect("home")
    if isinstance(request.user, User):
        try:
            selectors.seen_by(request.user, code)
        except NotFound as error:
            context = _shown(request) | {"code_error": error.detail, "code_tried": tried}
            return render(request, "rooms/home.html", context, status=404)
    return redirect("room", code)


def _shown(request: HttpRequest) -> dict[str, object]:
    public = selectors.public_rooms()
    if not isinstance(request.user, User):
        return {"public_rooms": public[:LISTED]}
    mine = selectors.rooms_of(request.user)
    return {"my_rooms": mine[:LISTED], "public_rooms": public.exclude(pk__in=mine.values("pk"))[:LISTED]}


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """The front page may be found; rooms, invites and films are nobody's search result."""
    return HttpResponse("User-agent: *\nAllow: /$\nAllow: /static/\nDisallow: /\n", content_type="text/plain")


@require_safe
def favicon(request: HttpRequest) -> HttpResponseBase:
    """For what asks at the old place, whatever the page says."""
    return redirect(static("icons/icon-180.png"))
