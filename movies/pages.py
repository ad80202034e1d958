"""The library, the upload, and one movie."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from movies import quotas, selectors, services
from movies.external.policy import allow_media, fetched_origins, media_origins
from movies.forms import PosterForm, SubtitleForm, TitleForm, UploadForm
from movies.models import Movie
from watchparty.errors import DomainError, Forbidden
from watchparty.pages import page, put_on_form


@require_safe
@login_required
@page
def library(request: HttpRequest) -> HttpResponseBase:
    user = _uploader(request)
    context = {"movies": selectors.owned_by(user), "storage": quotas.storage_of(user)}
    return render(request, "movies/library.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@page
def new(request: HttpRequest) -> HttpResponseBase:
    """The upload. Scripts send the file in chunks, to this server or straight to the bucket, and show how far it got;
    without them this form sends it whole."""
    user = _uploader(request)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        try:
            movie = services.create_from_upload(
                by=user, title=form.cleaned_data["title"], upload=form.cleaned_data["file"]
            )
        except DomainError as error:
            put_on_form(form, error)
        else:
            return redirect("movie", movie.pk)
    context = {"form": form, "most": settings.UPLOAD_MAX_BYTES}
    return render(request, "movies/new.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
@page
def movie(request: HttpRequest, movie_id: UUID) -> HttpResponseBase:
    found = selectors.get_visible(user=_user(request), movie_id=movie_id)
    return show(request, found)


@require_POST
@login_required
@page
def rename(request: HttpRequest, movie_id: UUID) -> HttpResponseBase:
    found = selectors.get_visible(user=_user(request), movie_id=movie_id)
    form = TitleForm(request.POST)
    if not form.is_valid():
        return show(request, found, form)
    services.rename(by=_user(request), movie=found, title=form.cleaned_data["title"])
    messages.success(request, _("Saved."))
    return redirect("movie", found.pk)


@require_POST
@login_required
@page
def delete(request: HttpRequest, movie_id: UUID) -> HttpResponseBase:
    found = selectors.get_visible(user=_user(request), movie_id=movie_id)
    services.delete(by=_user(request), movie=found)
    messages.success(request, _("“%s” is deleted.") % found.title)
    return redirect("movies")


def show(
    request: HttpRequest,
    found: Movie,
    form: TitleForm | None = None,
    subtitle_form: SubtitleForm | None = None,
    poster_form: PosterForm | None = None,
) -> HttpResponse:
    """A film's page; the forms are those that were refused, with what was wrong."""
    context = {
        "movie": found,
        "mine": found.owner_id == _user(request).pk,
        "subtitle_form": subtitle_form or SubtitleForm(),
        "poster_form": poster_form or PosterForm(),
        "form": form or TitleForm(initial={"title": found.title}),
    }
    answer = render(request, "movies/movie.html", context, status=422 if form or subtitle_form or poster_form else 200)
    return allow_media(answer, media_origins([found]), fetched_origins([found]))


def _uploader(request: HttpRequest) -> User:
    """Raises Forbidden for guests: they have no library."""
    user = _user(request)
    if user.is_guest:
        raise Forbidden(_("Guests can't keep films here. Register to have a library."), code="guest")
    return user


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
