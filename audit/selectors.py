"""What is read of the audit trail, and the names that go with its ids where they still exist."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from audit.models import OutboxEvent
from rooms.models import Room
from watchparty.errors import NotFound


@dataclass(frozen=True, slots=True)
class Names:
    """Of people by id, and codes of rooms by id. Who was erased isn't in it."""

    users: dict[UUID, str]
    rooms: dict[UUID, str]

    def subject(self, event: OutboxEvent) -> str | None:
        """The name of the person that it was done to; None where it was no person, or one who is gone."""
        subject = _uuid(event.subject)
        return self.users.get(subject) if subject else None


def entries() -> QuerySet[OutboxEvent]:
    """All of them, newest first."""
    return OutboxEvent.objects.order_by("-number")


def entry(event: UUID) -> OutboxEvent:
    """Raises NotFound."""
    found = OutboxEvent.objects.filter(event=event).first()
    if found is None:
        raise NotFound(_("There is no such audit entry."))
    return found


def of_room(room: Room) -> QuerySet[OutboxEvent]:
    return entries().filter(room=room.pk)


def actors(room: Room) -> dict[UUID, str]:
    """Who did something in this room and still has a name, by name."""
    known = of_room(room).exclude(actor=None).order_by().values("actor").distinct()
    people = [(user.pk, user.name) for user in User.objects.filter(pk__in=known)]
    return dict(sorted(people, key=lambda each: each[1].casefold()))


def names(events: Iterable[OutboxEvent]) -> Names:
    """Two queries, however many events."""
    listed = list(events)
    people = {event.actor for event in listed if event.actor} | {
        uuid for event in listed if (uuid := _uuid(event.subject))
    }
    places = {event.room for event in listed if event.room}
    return Names(
        users={user.pk: user.name for user in User.objects.filter(pk__in=people - {None})},
        rooms=dict(Room.objects.filter(pk__in=places).values_list("pk", "code")),
    )


def _uuid(subject: str) -> UUID | None:
    """The subject where it may be a person: other things have ids too, which name nobody."""
    try:
        return UUID(subject)
    except ValueError:
        return None
