"""What the room's audit page is asked for."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from audit.facts import Fact
from audit.models import OutboxEvent

# What is never told of a room.
_ELSEWHERE = {"user", "session", "movie", "audit"}


class RoomFilterForm(forms.Form):
    """The query of the page. ``people`` are the names of those who did something here, by id."""

    fact = forms.ChoiceField(label=_("What"), required=False)
    actor = forms.TypedChoiceField(label=_("Who"), required=False, coerce=UUID, empty_value=None)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, people: dict[UUID, str], **options: Any) -> None:
        super().__init__(*args, **options)
        facts = [(fact.value, fact.label) for fact in Fact if fact.value.split(".")[0] not in _ELSEWHERE]
        self.fields["fact"].choices = [("", _("everything")), *facts]  # type: ignore[attr-defined]
        self.fields["actor"].choices = [("", _("everybody")), *people.items()]  # type: ignore[attr-defined]

    def narrow(self, events: QuerySet[OutboxEvent]) -> QuerySet[OutboxEvent]:
        """Whole days, UTC, the last one included. Call after ``is_valid``."""
        said = self.cleaned_data
        if said["fact"]:
            events = events.filter(fact=said["fact"])
        if said["actor"]:
            events = events.filter(actor=said["actor"])
        if said["since"]:
            events = events.filter(at__gte=_midnight(said["since"]))
        if said["until"] and said["until"] < date.max:
            events = events.filter(at__lt=_midnight(said["until"] + timedelta(days=1)))
        return events


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
