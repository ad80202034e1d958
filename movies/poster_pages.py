"""On a film's page: another poster for it, by a form."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from movies import posters, selectors
from movies.forms import PosterForm
from movies.pages import show
from watchparty.errors import Conflict, Invalid, OutOfSpace, TooLarge, Unavailable
from watchparty.pages import page, put_on_form


@require_POST
@login_required
@page
def replace(request: HttpRequest, movie_id: UUID) -> HttpResponseBase:
    assert isinstance(request.user, User)
    found = selectors.get_visible(user=request.user, movie_id=movie_id)
    form = PosterForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            posters.replace(by=request.user, movie=found, upload=form.cleaned_data["file"])
        except (Invalid, TooLarge, Conflict, OutOfSpace, Unavailable) as error:
            put_on_form(form, error)
        else:
            messages.success(request, _("The film has a new poster."))
            return redirect("movie", found.pk)
    return show(request, found, poster_form=form)
