"""What the page views of every app share: how a refusal of the domain is shown, and where people go next."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString

from watchparty.errors import DomainError, NotAuthenticated, NotFound

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def page(view: View[P]) -> View[P]:
    """A view whose refusals become pages: 404, the sign-in page, or one that says what was refused."""

    @wraps(view)
    def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404(error.detail) from error
        except NotAuthenticated:
            return redirect_to_login(request.get_full_path())
        except DomainError as error:
            context = {"status": error.status, "title": error.title, "detail": error.detail}
            return render(request, "error.html", context, status=error.status)

    return shown


def put_on_form(form: forms.Form, error: DomainError) -> None:
    """Show a refusal at the field that it is about, or above the form when it has no such field."""
    field = (error.field or "").rpartition(".")[2]
    form.add_error(field if field in form.fields else None, str(error.detail))


def next_page(request: HttpRequest, default: str = "/") -> str:
    """Where ``next`` says to go on to; never to another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if allowed and wanted.startswith("/") else default


def _plate(title: "str | _StrPromise", meaning: "str | _StrPromise") -> SafeString:
    return format_html("<strong>{}</strong><small>{}</small>", title, meaning)


# The label of one choice of a few: its name, and what choosing it means.
plate = lazy(_plate, SafeString)
