"""The admin site as a whole, and what its pages have in common: they change things by the services, like everybody."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from watchparty.errors import DomainError

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:

    class _ModelAdmin(admin.ModelAdmin[M]): ...

else:

    class _ModelAdmin(admin.ModelAdmin):
        # Django's own is generic for type checkers only.
        def __class_getitem__(cls, model):
            return cls


class ServicedAdmin(_ModelAdmin[M]):
    """Shows everything, and writes by services only: their rules, audit entries and notices to open sockets hold here
    too, and what they refuse is shown as a message. Nothing is added or deleted as a bare row.

    ``editable`` names the fields that ``change`` takes.
    """

    editable: tuple[str, ...] = ()
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> list[Any]:
        # Every subclass names its fields: a new column isn't shown before somebody has thought of it.
        assert self.fields is not None, f"{type(self).__name__} must say its fields"
        return [field for field in self.fields if field not in self.editable]

    def save_model(self, request: HttpRequest, obj: M, form: "ModelForm[M]", change: bool) -> None:
        wanted = {name: form.cleaned_data[name] for name in form.changed_data if name in self.editable}
        if wanted:
            self.change(request.user, obj, wanted)

    def change(self, by: Any, obj: M, wanted: dict[str, Any]) -> None:
        """Call the service for the fields that became different. Raises DomainError."""
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"show_save": bool(self.editable), "show_save_and_continue": bool(self.editable)}
        try:
            return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})
        except DomainError as error:
            # The form's transaction is rolled back by now.
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(request.path)

    def each(self, request: HttpRequest, chosen: QuerySet[M], act: Callable[[Any, M], object]) -> None:
        """``act(by, row)`` for every chosen row; a refusal is shown and doesn't keep the others from it."""
        done = 0
        for one in chosen:
            try:
                act(request.user, one)
            except DomainError as error:
                self.message_user(request, f"{one}: {error.detail}", messages.ERROR)
            else:
                done += 1
        if done:
            self.message_user(request, _("Done: %d.") % done, messages.SUCCESS)

    def confirmed(self, request: HttpRequest, chosen: QuerySet[M], question: str) -> TemplateResponse | None:
        """For what can't be undone: None once it was confirmed, else the page that asks."""
        if "confirmed" in request.POST:
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": question,
            "chosen": chosen,
            "opts": self.opts,
            "action": request.POST.get("action", ""),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/confirm.html", context)


def _sign_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """There is one sign-in page, with one rate limit. Who is signed in already, and comes here, lacks the right."""
    if admin.site.has_permission(request):
        return redirect("admin:index")
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


def _password(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    return redirect("profile")


admin.site.site_title = gettext_lazy("WatchParty admin")
admin.site.site_header = "WatchParty"
admin.site.index_title = gettext_lazy("Everything that is kept")
admin.site.login = _sign_in  # type: ignore[method-assign]
admin.site.password_change = _password  # type: ignore[assignment,method-assign]
# Rows go by services only.
admin.site.disable_action("delete_selected")
