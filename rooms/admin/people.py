from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from rooms import services
from rooms.models import Ban, Membership
from watchparty.admin import ServicedAdmin


@admin.register(Membership)
class MembershipAdmin(ServicedAdmin[Membership]):
    list_display = ("user", "room", "role", "state", "muted", "may_control", "control_asked_at", "joined_at")
    list_filter = ("state", "role", "muted", ("control_asked_at", admin.EmptyFieldListFilter), "joined_at")
    search_fields = ("user__username", "user__display_name", "user__email", "room__code", "room__name")
    list_select_related = ("user", "room")
    editable = ("role", "muted", "may_control")
    fields = ("user", "room", "role", "muted", "may_control", "control_asked_at", "stands_in_as", "state", "joined_at")
    actions = ("kick", "ban", "mute", "unmute", "hand_over", "grant_control", "refuse_control")

    def change(self, by: Any, obj: Membership, wanted: dict[str, Any]) -> None:
        if "role" in wanted:
            services.change_role(by=by, room=obj.room, user=obj.user, role=wanted["role"])
        if "muted" in wanted:
            services.mute(by=by, room=obj.room, user=obj.user, muted=wanted["muted"])
        if "may_control" in wanted:
            services.grant_control(by=by, room=obj.room, user=obj.user, granted=wanted["may_control"])

    @admin.action(description=gettext_lazy("Mute the chosen people in the chat"), permissions=["change"])
    def mute(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        self.each(request, queryset, lambda by, seat: services.mute(by=by, room=seat.room, user=seat.user))

    @admin.action(description=gettext_lazy("Let the chosen people write again"), permissions=["change"])
    def unmute(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        self.each(request, queryset, lambda by, seat: services.mute(by=by, room=seat.room, user=seat.user, muted=False))

    @admin.action(description=gettext_lazy("Make the chosen people hosts of their rooms"), permissions=["change"])
    def hand_over(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        self.each(request, queryset, lambda by, seat: services.hand_over(by=by, room=seat.room, user=seat.user))

    @admin.action(description=gettext_lazy("Let the chosen people control their rooms"), permissions=["change"])
    def grant_control(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        self.each(request, queryset, lambda by, seat: services.grant_control(by=by, room=seat.room, user=seat.user))

    @admin.action(description=gettext_lazy("Decline or take back their control"), permissions=["change"])
    def refuse_control(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        self.each(
            request,
            queryset,
            lambda by, seat: services.grant_control(by=by, room=seat.room, user=seat.user, granted=False),
        )

    @admin.action(description=gettext_lazy("Kick the chosen people"), permissions=["change"])
    def kick(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        self.each(request, queryset, lambda by, seat: services.kick(by=by, room=seat.room, user=seat.user))

    @admin.action(description=gettext_lazy("Ban the chosen people from their rooms"), permissions=["change"])
    def ban(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        self.each(request, queryset, lambda by, seat: services.ban(by=by, room=seat.room, user=seat.user))


@admin.register(Ban)
class BanAdmin(ServicedAdmin[Ban]):
    list_display = ("user", "room", "banned_by", "created_at")
    list_filter = ("created_at",)
    search_fields = ("user__username", "user__display_name", "user__email", "room__code", "room__name")
    list_select_related = ("user", "room", "banned_by")
    fields = ("user", "room", "banned_by", "created_at")
    actions = ("lift",)

    @admin.action(description=gettext_lazy("Lift the chosen bans"), permissions=["change"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Ban]) -> None:
        self.each(request, queryset, lambda by, ban: services.unban(by=by, room=ban.room, user=ban.user))
