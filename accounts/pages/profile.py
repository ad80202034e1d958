"""One's own account: name, address, password, devices, the end of it."""

from uuid import UUID

from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import selectors, services
from accounts.addresses import client_address
from accounts.forms import EraseForm, PasswordForm, ProfileForm
from accounts.links import origin_of
from accounts.models import User
from accounts.web_sessions import stay_signed_in
from watchparty.errors import DomainError, Forbidden, NotFound
from watchparty.pages import page, put_on_form

# Several forms share the page: their fields' ids must not meet.
ERASE_ID = "id_erase_%s"


@require_safe
@login_required
@page
def profile(request: HttpRequest) -> HttpResponseBase:
    return _show(request)


@require_POST
@login_required
@page
def change(request: HttpRequest) -> HttpResponseBase:
    form = ProfileForm(request.POST)
    if form.is_valid():
        try:
            services.update_profile(by=_user(request), changes=form.cleaned_data, origin=origin_of(request))
        except DomainError as error:
            put_on_form(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("profile")
    return _show(request, form=form)


@sensitive_post_parameters()
@require_POST
@login_required
@page
def change_password(request: HttpRequest) -> HttpResponseBase:
    user = _user(request)
    form = PasswordForm(request.POST)
    if form.is_valid():
        try:
            services.change_password(
                by=user,
                old=form.cleaned_data["old_password"],
                new=form.cleaned_data["new_password"],
                keep=selectors.sid_of(request),
                ip=client_address(request),
            )
        except DomainError as error:
            put_on_form(form, error)
        else:
            stay_signed_in(request, user)
            messages.success(request, _("Your password is changed. All other devices are signed out."))
            return redirect("profile")
    return _show(request, password_form=form)


@require_POST
@login_required
@page
def end_session(request: HttpRequest, session_id: UUID) -> HttpResponseBase:
    user = _user(request)
    session = selectors.sessions_of(user).filter(pk=session_id).first()
    if session is None:
        raise NotFound(_("You have no such signed-in device."))
    if str(session.pk) == selectors.sid_of(request):
        auth.logout(request)
        return redirect("home")
    services.end_session(by=user, session=session)
    messages.success(request, _("That device is signed out."))
    return redirect("profile")


@require_POST
@login_required
@page
def end_other_sessions(request: HttpRequest) -> HttpResponseBase:
    user = _user(request)
    services.end_all_sessions(user=user, but=selectors.sid_of(request), by=user)
    messages.success(request, _("All other devices are signed out."))
    return redirect("profile")


@require_POST
@login_required
@page
def send_verification(request: HttpRequest) -> HttpResponseBase:
    services.send_verification(user=_user(request), origin=origin_of(request))
    messages.success(request, _("The mail is on its way."))
    return redirect("profile")


@sensitive_post_parameters()
@require_POST
@login_required
@page
def erase(request: HttpRequest) -> HttpResponseBase:
    user = _user(request)
    form = EraseForm(request.POST, auto_id=ERASE_ID)
    if form.is_valid():
        try:
            services.sign_in(
                username=user.username,
                password=form.cleaned_data["password"],
                ip=client_address(request),
                user_agent=request.META.get("HTTP_USER_AGENT", ""),
            )
            services.erase(by=user, user=user)
        except DomainError as error:
            put_on_form(form, Forbidden(error.detail, field="password"))
        else:
            request.session.flush()
            messages.success(request, _("Your account is erased. Thank you for watching."))
            return redirect("home")
    return _show(request, erase_form=form)


def _show(
    request: HttpRequest,
    *,
    form: ProfileForm | None = None,
    password_form: PasswordForm | None = None,
    erase_form: EraseForm | None = None,
) -> HttpResponse:
    user = _user(request)
    if user.is_guest:
        raise Forbidden(_("A guest has a display name only. Register to have an account."), code="guest")
    context = {
        "form": form or ProfileForm(initial={"display_name": user.display_name, "email": user.email}),
        "password_form": password_form or PasswordForm(),
        "erase_form": erase_form or EraseForm(auto_id=ERASE_ID),
        "sessions": selectors.sessions_of(user),
        "sid": selectors.sid_of(request),
    }
    wrong = any(sent is not None and sent.errors for sent in (form, password_form, erase_form))
    return render(request, "accounts/profile.html", context, status=422 if wrong else 200)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
