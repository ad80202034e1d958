"""Movies in the admin: what became of an upload, and what can be done about it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from movies import services
from movies.models import Movie
from watchparty.admin import ServicedAdmin


@admin.register(Movie)
class MovieAdmin(ServicedAdmin[Movie]):
    list_display = ("title", "owner", "status", "duration", "size", "created_at", "ready_at")
    list_filter = ("status", "created_at")
    search_fields = ("title", "original_name", "owner__username", "owner__display_name", "owner__email")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    editable = ("title",)
    fields = (
        "title",
        "owner",
        "status",
        "error",
        "original_name",
        "content_type",
        "size",
        "duration",
        "width",
        "height",
        "codecs",
        "attempts",
        "held_until",
        "created_at",
        "ready_at",
    )
    actions = ("process_again", "remove")

    def change(self, by: Any, obj: Movie, wanted: dict[str, Any]) -> None:
        services.rename(by=by, movie=obj, title=wanted["title"])

    @admin.action(description=gettext_lazy("Process the chosen movies again"), permissions=["change"])
    def process_again(self, request: HttpRequest, queryset: QuerySet[Movie]) -> None:
        self.each(request, queryset, lambda by, movie: services.process_again(by=by, movie=movie))

    @admin.action(description=gettext_lazy("Delete the chosen movies"), permissions=["change"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Movie]) -> HttpResponse | None:
        asked = self.confirmed(request, queryset, _("Delete these movies and their files?"))
        if asked is None:
            self.each(request, queryset, lambda by, movie: services.delete(by=by, movie=movie))
        return asked
