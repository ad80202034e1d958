from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from rooms import services
from rooms.models import QueueEntry, Watched
from watchparty.admin import ServicedAdmin


@admin.register(QueueEntry)
class QueueEntryAdmin(ServicedAdmin[QueueEntry]):
    list_display = ("movie", "room", "position", "added_by", "added_at")
    list_filter = ("added_at",)
    search_fields = ("movie__title", "room__code", "room__name", "added_by__username")
    list_select_related = ("movie", "room", "added_by")
    fields = ("movie", "room", "position", "added_by", "added_at")
    actions = ("remove",)

    @admin.action(description=gettext_lazy("Take the chosen movies out of their queues"), permissions=["change"])
    def remove(self, request: HttpRequest, queryset: QuerySet[QueueEntry]) -> None:
        self.each(request, queryset, lambda by, entry: services.remove_from_queue(by=by, entry=entry))


@admin.register(Watched)
class WatchedAdmin(ServicedAdmin[Watched]):
    list_display = ("title", "room", "started_by", "started_at")
    list_filter = ("started_at",)
    search_fields = ("title", "room__code", "room__name", "started_by__username")
    list_select_related = ("room", "started_by")
    fields = ("title", "movie", "room", "started_by", "started_at")
