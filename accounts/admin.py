"""People and their signed-in devices in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from accounts import services
from accounts.models import Session, User
from watchparty.admin import ServicedAdmin
from watchparty.errors import DomainError, Forbidden

RIGHTS = ("is_staff", "is_superuser", "groups")


@admin.register(User)
class UserAdmin(ServicedAdmin[User]):
    list_display = (
        "username",
        "display_name",
        "email",
        "is_active",
        "is_guest",
        "is_staff",
        "date_joined",
        "last_login",
    )
    list_filter = ("is_active", "is_guest", "is_staff", "is_superuser", "date_joined")
    search_fields = ("username", "display_name", "email")
    date_hierarchy = "date_joined"
    ordering = ("-date_joined",)
    editable = RIGHTS
    fields = (
        "username",
        "display_name",
        "email",
        "email_verified_at",
        "password_link",
        "is_active",
        "is_guest",
        *RIGHTS,
        "date_joined",
        "last_login",
    )
    filter_horizontal = ("groups",)
    actions = ("disable", "enable", "sign_out")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        rights = () if request.user.is_superuser else RIGHTS
        return [*super().get_readonly_fields(request, obj), *rights]

    def get_urls(self) -> list[URLPattern]:
        password = path("<path:object_id>/password/", self.admin_site.admin_view(self.password), name="user_password")
        return [password, *super().get_urls()]

    @admin.display(description=gettext_lazy("password"))
    def password_link(self, user: User) -> str:
        text = _("Set another password") if user.has_usable_password() else _("None. Set one")
        return format_html('<a href="{}">{}</a>', reverse("admin:user_password", args=[user.pk]), text)

    def change(self, by: Any, obj: User, wanted: dict[str, Any]) -> None:
        services.set_rights(
            by=by, user=obj, is_staff=obj.is_staff, is_superuser=obj.is_superuser, groups=wanted.get("groups")
        )

    def save_related(self, request: HttpRequest, form: "ModelForm[User]", formsets: Any, change: bool) -> None:
        """The groups are set by then."""

    @method_decorator(sensitive_post_parameters())
    def password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A new password for somebody, who is signed out everywhere by it."""
        user = self.get_object(request, unquote(object_id))
        if user is None:
            raise Http404
        by = request.user
        if not isinstance(by, User) or not self.has_change_permission(request, user):
            raise PermissionDenied
        # Else staff who may change users could make themselves a superuser's equal.
        if user.is_superuser and not by.is_superuser:
            raise PermissionDenied
        form = SetPasswordForm(user, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                services.set_password(by=by, user=user, new=form.cleaned_data["new_password1"])
            except DomainError as error:
                form.add_error("new_password1", error.detail)
            else:
                self.log_change(request, user, _("Changed the password."))
                self.message_user(request, _("The password was changed; %s is signed out.") % user, messages.SUCCESS)
                return redirect("admin:accounts_user_change", user.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("New password for %s") % user,
            "form": form,
            "original": user,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/password.html", context)

    @admin.action(description=gettext_lazy("Disable the chosen people"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.each(request, queryset, _disable)

    @admin.action(description=gettext_lazy("Enable the chosen people"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.each(request, queryset, lambda by, user: services.enable(by=by, user=user))

    @admin.action(description=gettext_lazy("Sign the chosen people out everywhere"), permissions=["change"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.each(request, queryset, lambda by, user: services.end_all_sessions(by=by, user=user))


def _disable(by: User, user: User) -> None:
    if user.pk == by.pk:
        raise Forbidden(_("You would shut yourself out."))
    if user.is_superuser and not by.is_superuser:
        raise Forbidden(_("Only superusers disable superusers."))
    services.disable(by=by, user=user)


@admin.register(Session)
class SessionAdmin(ServicedAdmin[Session]):
    list_display = ("user", "kind", "user_agent", "ip", "created_at", "last_seen_at", "expires_at", "ended_at")
    list_filter = ("kind", ("ended_at", admin.EmptyFieldListFilter), "last_seen_at")
    search_fields = ("user__username", "user__display_name", "user__email", "ip", "user_agent")
    list_select_related = ("user",)
    # Not the Django session's key: who has it is signed in.
    fields = ("id", "user", "kind", "user_agent", "ip", "created_at", "last_seen_at", "expires_at", "ended_at")
    actions = ("sign_out",)

    @admin.action(description=gettext_lazy("Sign the chosen devices out"), permissions=["change"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        self.each(request, queryset, lambda by, session: services.end_session(by=by, session=session))
