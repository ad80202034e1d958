"""The page that adds a movie which lies elsewhere."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import User
from movies import services
from movies.external.addresses import LONGEST_URL
from movies.forms import TitleForm
from watchparty import limits
from watchparty.errors import DomainError, Forbidden
from watchparty.pages import page, put_on_form


class LinkForm(TitleForm):
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=LONGEST_URL,
        help_text=gettext_lazy("Of an MP4 or WebM file, or a playlist (HLS): https://example.org/film.mp4"),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("url", "title")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@page
def new(request: HttpRequest) -> HttpResponseBase:
    """Counted with uploads, as is the REST endpoint: each makes this server ask another one."""
    assert isinstance(request.user, User)
    if request.user.is_guest:
        raise Forbidden(_("Guests can't keep films here. Register to have a library."), code="guest")
    form = LinkForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            limits.spend("UPLOAD", str(request.user.pk))
            movie = services.create_from_url(by=request.user, **form.cleaned_data)
        except DomainError as error:
            put_on_form(form, error)
        else:
            return redirect("movie", movie.pk)
    return render(request, "movies/elsewhere.html", {"form": form}, status=422 if form.errors else 200)
