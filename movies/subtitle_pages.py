"""On a film's page: its subtitles, added and removed by forms."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from movies import selectors, subtitles
from movies.forms import SubtitleForm
from movies.pages import show
from watchparty.errors import Conflict, Invalid, OutOfSpace, TooLarge, Unavailable
from watchparty.pages import page, put_on_form


@require_POST
@login_required
@page
def add(request: HttpRequest, movie_id: UUID) -> HttpResponseBase:
    user = _user(request)
    found = selectors.get_visible(user=user, movie_id=movie_id)
    form = SubtitleForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data
        try:
            subtitles.add(by=user, movie=found, upload=given["file"], language=given["language"], label=given["label"])
        except (Invalid, TooLarge, Conflict, OutOfSpace, Unavailable) as error:
            put_on_form(form, error)
        else:
            messages.success(request, _("The subtitles are added."))
            return redirect("movie", found.pk)
    return show(request, found, subtitle_form=form)


@require_POST
@login_required
@page
def remove(request: HttpRequest, movie_id: UUID, subtitle_id: UUID) -> HttpResponseBase:
    user = _user(request)
    track = selectors.get_subtitle(user=user, movie_id=movie_id, subtitle_id=subtitle_id)
    subtitles.remove(by=user, subtitle=track)
    messages.success(request, _("The subtitles are removed."))
    return redirect("movie", movie_id)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
