"""Where mailed links lead: a new password, a verified address. And where the first is asked for."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.addresses import client_address
from accounts.forms import NewPasswordForm, ResetForm
from accounts.links import origin_of
from watchparty.errors import DomainError, Invalid
from watchparty.pages import page, put_on_form


@require_http_methods(["GET", "HEAD", "POST"])
@page
def ask_reset(request: HttpRequest) -> HttpResponseBase:
    """The answer is the same whether the address is somebody's or not."""
    form = ResetForm(request.POST if request.method == "POST" else None)
    sent = False
    if request.method == "POST" and form.is_valid():
        try:
            services.request_password_reset(
                email=form.cleaned_data["email"], origin=origin_of(request), ip=client_address(request)
            )
            sent = True
        except DomainError as error:
            put_on_form(form, error)
    return render(
        request, "accounts/password_reset.html", {"form": form, "sent": sent}, status=422 if form.errors else 200
    )


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@page
def reset(request: HttpRequest, uid: str, token: str) -> HttpResponseBase:
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.reset_password(uid=uid, token=token, new=form.cleaned_data["new_password"])
        except DomainError as error:
            put_on_form(form, error)
        else:
            messages.success(request, _("Your new password is set. Sign in with it."))
            return redirect("login")
    return render(request, "accounts/password_reset_confirm.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def verify(request: HttpRequest, uid: str, token: str) -> HttpResponseBase:
    """A press of the button verifies, not the visit: mail scanners visit links too."""
    if request.method != "POST":
        return render(request, "accounts/email_verify.html")
    try:
        services.verify_email(uid=uid, token=token)
    except Invalid as error:
        return render(request, "accounts/email_verify.html", {"refused": error.detail}, status=400)
    messages.success(request, _("Your address is confirmed."))
    return redirect("home")
