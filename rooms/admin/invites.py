from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from rooms import services
from rooms.models import Invite
from watchparty.admin import ServicedAdmin


@admin.register(Invite)
class InviteAdmin(ServicedAdmin[Invite]):
    list_display = ("id", "room", "created_by", "email", "uses", "max_uses", "created_at", "expires_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "created_at", "expires_at")
    search_fields = ("room__code", "room__name", "created_by__username", "email")
    list_select_related = ("room", "created_by")
    # Not the token's hash: it opens nothing, but nobody needs it either.
    fields = ("id", "room", "created_by", "email", "uses", "max_uses", "created_at", "expires_at", "revoked_at")
    actions = ("revoke",)

    @admin.action(description=gettext_lazy("Revoke the chosen invites"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invite]) -> None:
        self.each(request, queryset, lambda by, invite: services.revoke_invite(by=by, invite=invite))
