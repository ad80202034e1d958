"""The audit trail in the admin: to be read and verified, by nobody changed."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from audit import alarms, selectors
from audit.ledger.port import LedgerUnavailable
from audit.models import Alarm, OutboxEvent
from audit.personal import State, read
from audit.verification import verify_one
from rooms.models import Room

NOBODY = "–"


@admin.register(OutboxEvent)
class OutboxEventAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # Django's is generic for type checkers only
    list_display = ("at", "fact", "who", "what", "where", "tx")
    list_filter = ("fact", "at", ("tx", admin.EmptyFieldListFilter))
    search_fields = ("subject",)
    search_help_text = gettext_lazy("A room's code, a user name, or the id of anything.")
    date_hierarchy = "at"
    list_per_page = 50
    show_full_result_count = False
    fields = ("event", "fact", "at", "who", "actor", "what", "subject", "where", "data", "personal_part", "proof")
    readonly_fields = fields
    actions = ("verify",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutboxEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutboxEvent | None = None) -> bool:
        return False

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The names for a whole page at once."""
        page = super().get_changelist_instance(request)
        events = list(page.result_list)
        names = selectors.names(events)
        for event in events:
            event.names = names
        page.result_list = events
        return page

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Whole words only: an id, or what has one."""
        said = search_term.strip()
        if not said:
            return queryset, False
        try:
            wanted = {UUID(said)}
        except ValueError:
            rooms = Room.objects.filter(code=said.lower()).values_list("pk", flat=True)
            people = User.objects.filter(username__iexact=said).values_list("pk", flat=True)
            wanted = {*rooms, *people}
        texts = [str(one) for one in wanted]
        about = Q(event__in=wanted) | Q(actor__in=wanted) | Q(room__in=wanted) | Q(subject__in=texts)
        return queryset.filter(about), False

    @admin.display(description=gettext_lazy("who"), ordering="actor")
    def who(self, event: OutboxEvent) -> str:
        """The name where there still is one, else the id."""
        return str((event.actor and _names(event).users.get(event.actor, event.actor)) or NOBODY)

    @admin.display(description=gettext_lazy("room"), ordering="room")
    def where(self, event: OutboxEvent) -> str:
        return str((event.room and _names(event).rooms.get(event.room, event.room)) or NOBODY)

    @admin.display(description=gettext_lazy("to whom or what"), ordering="subject")
    def what(self, event: OutboxEvent) -> str:
        return _names(event).subject(event) or event.subject or NOBODY

    @admin.display(description=gettext_lazy("personal"))
    def personal_part(self, event: OutboxEvent) -> str:
        found = read([event]).get(event.event)
        if found is None:
            return NOBODY
        if found.state is State.ERASED:
            return _("Erased: the account is gone, and the key to this with it.")
        if found.state is State.UNREADABLE:
            return _("Can't be decrypted: this isn't the key that it was encrypted with.")
        return format_html_join("; ", "{}: {}", sorted(found.fields.items()))

    @admin.display(description=gettext_lazy("proof"))
    def proof(self, event: OutboxEvent) -> str:
        try:
            proof = verify_one(event)
        except LedgerUnavailable as away:
            return _("The ledger doesn't answer, so nothing can be said now. %s") % away
        if proof is None:
            return _("Not in the ledger yet: the worker ships it within a minute.")
        if not proof.verified:
            return format_html("<strong>{}</strong> {}", _("Tampered with."), proof.problem)
        return format_html(
            "{}<br><code>{}</code><br>{}<br><code>{}</code>",
            _("Verified: entry %(tx)d of the ledger %(name)s.") % {"tx": proof.tx, "name": proof.ledger},
            proof.hash,
            _("The chain holds from there to its signed head, entry %d:") % proof.head_tx,
            proof.head_hash,
        )

    @admin.action(description=gettext_lazy("Verify the chosen entries"), permissions=["view"])
    def verify(self, request: HttpRequest, queryset: QuerySet[OutboxEvent]) -> None:
        verified = pending = 0
        for event in queryset:
            try:
                proof = verify_one(event)
            except LedgerUnavailable as away:
                self.message_user(request, str(away), messages.ERROR)
                return
            if proof is None:
                pending += 1
            elif proof.verified:
                verified += 1
            else:
                self.message_user(request, f"{event}: {proof.problem}", messages.ERROR)
        said = _("%(verified)d verified, %(pending)d not in the ledger yet.")
        self.message_user(request, said % {"verified": verified, "pending": pending}, messages.INFO)


def _names(event: OutboxEvent) -> selectors.Names:
    names: selectors.Names = getattr(event, "names", None) or selectors.names([event])
    return names


@admin.register(Alarm)
class AlarmAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # Django's is generic for type checkers only
    """What was found to be changed. Seen, it is closed, and comes back if it is still so."""

    list_display = ("raised_at", "detail", "acknowledged_at")
    search_fields = ("detail",)
    list_filter = (("acknowledged_at", admin.EmptyFieldListFilter),)
    fields = readonly_fields = ("detail", "raised_at", "acknowledged_at", "acknowledged_by", "reason")
    actions = ("acknowledge",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Alarm | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Alarm | None = None) -> bool:
        return False

    def has_acknowledge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("audit.change_alarm")

    @admin.action(description=gettext_lazy("I have seen it"), permissions=["acknowledge"])
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[Alarm]) -> None:
        closed = alarms.acknowledge(queryset, by=request.user.pk)
        self.message_user(request, _("%d alarms closed.") % closed, messages.INFO)
