from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import services
from rooms.models import Membership, Room
from watchparty.admin import ServicedAdmin

PEOPLE = Count("memberships", filter=Q(memberships__state=Membership.State.ACTIVE))
BUFFERING = "buffering_"


@admin.register(Room)
class RoomAdmin(ServicedAdmin[Room]):
    list_display = ("name", "code", "owner", "visibility", "control", "people", "created_at", "closed_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "visibility", "control", "allow_guests", "created_at")
    search_fields = ("name", "code", "owner__username", "owner__display_name", "owner__email")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    editable = (
        "name",
        "visibility",
        "control",
        "buffering_policy",
        "buffering_percent",
        "buffering_grace",
        "buffering_timeout",
        "allow_guests",
        "auto_next",
        "skip_votes",
        "capacity",
        "slow_mode",
        "host_handover",
    )
    fields = ("code", "owner", "related", *editable, "has_password", "created_at", "closed_at")
    actions = ("close",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        return super().get_queryset(request).annotate(people=PEOPLE)

    @admin.display(description=gettext_lazy("people"), ordering="people")
    def people(self, room: Room) -> int:
        count: int = vars(room)["people"]
        return count

    @admin.display(description=gettext_lazy("password"), boolean=True)
    def has_password(self, room: Room) -> bool:
        return bool(room.password)

    @admin.display(description=gettext_lazy("see also"))
    def related(self, room: Room) -> str:
        lists = (
            ("rooms_membership", _("members")),
            ("rooms_ban", _("bans")),
            ("rooms_invite", _("invites")),
            ("rooms_message", _("chat")),
            ("rooms_queueentry", _("queue")),
            ("rooms_watched", _("history")),
        )
        links = [
            format_html('<a href="{}?room__id__exact={}">{}</a>', reverse(f"admin:{name}_changelist"), room.pk, text)
            for name, text in lists
        ]
        return format_html(" · ".join(["{}"] * len(links)), *links)

    def change(self, by: Any, obj: Room, wanted: dict[str, Any]) -> None:
        buffering = {
            name.removeprefix(BUFFERING): wanted.pop(name) for name in tuple(wanted) if name.startswith(BUFFERING)
        }
        if buffering:
            wanted["buffering"] = buffering
        services.change_room(by=by, room=obj, **wanted)

    @admin.action(description=gettext_lazy("Close the chosen rooms"), permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[Room]) -> HttpResponse | None:
        asked = self.confirmed(request, queryset, _("Close these rooms for everybody?"))
        if asked is None:
            self.each(request, queryset, lambda by, room: services.close_room(by=by, room=room))
        return asked
