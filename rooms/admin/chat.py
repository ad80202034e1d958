from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import services
from rooms.models import Message
from watchparty.admin import ServicedAdmin


@admin.register(Message)
class MessageAdmin(ServicedAdmin[Message]):
    list_display = ("text", "author_name", "user", "room", "chat_seq", "sent_at", "deleted_at")
    list_filter = (("deleted_at", admin.EmptyFieldListFilter), "sent_at")
    search_fields = ("text", "author_name", "user__username", "room__code", "room__name")
    list_select_related = ("user", "room")
    ordering = ("-sent_at",)
    fields = ("text", "author_name", "user", "room", "chat_seq", "sent_at", "deleted_at")
    actions = ("remove",)

    @admin.action(description=gettext_lazy("Remove the chosen lines"), permissions=["change"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Message]) -> HttpResponse | None:
        asked = self.confirmed(request, queryset, _("Remove these lines for everybody?"))
        if asked is None:
            self.each(
                request,
                queryset,
                lambda by, line: services.delete_message(by=by, room=line.room, chat_seq=line.chat_seq),
            )
        return asked
