"""Signing in and out, registering."""

from django.contrib import auth
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services
from accounts.addresses import client_address
from accounts.forms import RegisterForm, SignInForm
from accounts.links import origin_of
from accounts.models import User
from accounts.web_sessions import sign_in
from watchparty.errors import DomainError, RateLimited
from watchparty.pages import next_page, page, put_on_form


def _has_account(request: HttpRequest) -> bool:
    """Guests don't: these pages are for them too."""
    return isinstance(request.user, User) and not request.user.is_guest


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@page
def login(request: HttpRequest) -> HttpResponseBase:
    if _has_account(request) and request.method != "POST":
        return HttpResponseRedirect(next_page(request))
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            user = services.sign_in(
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password"],
                ip=client_address(request),
                user_agent=request.META.get("HTTP_USER_AGENT", ""),
            )
        except DomainError as error:
            put_on_form(form, error)
            status = 429 if isinstance(error, RateLimited) else 422
        else:
            sign_in(request, user)
            return HttpResponseRedirect(next_page(request))
    return render(request, "accounts/login.html", {"form": form, "next": next_page(request, "")}, status=status)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@page
def register(request: HttpRequest) -> HttpResponseBase:
    if _has_account(request):
        return HttpResponseRedirect(next_page(request))
    form = RegisterForm(request.POST if request.method == "POST" else None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            user = services.register(**form.cleaned_data, origin=origin_of(request), ip=client_address(request))
        except DomainError as error:
            put_on_form(form, error)
            status = 429 if isinstance(error, RateLimited) else 422
        else:
            sign_in(request, user)
            return HttpResponseRedirect(next_page(request))
    return render(request, "accounts/register.html", {"form": form, "next": next_page(request, "")}, status=status)


@require_POST
@page
def logout(request: HttpRequest) -> HttpResponseBase:
    auth.logout(request)
    return redirect("home")
