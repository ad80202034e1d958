"""What is over and may go."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.sessions.models import Session as WebSession
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import erase
from rooms.models import Invite, Room
from rooms.selectors import unspent
from rooms.services.benchmark import bench_rooms, bench_users, remove_bench
from rooms.services.rooms import close_room
from sync.models import SavedTimeline

# A device that was signed out is kept for a while: its owner may want to look.
SIGNED_OUT_FOR = timedelta(days=7)


Rows = QuerySet[Room] | QuerySet[User] | QuerySet[Session] | QuerySet[WebSession] | QuerySet[Invite]


def expired() -> dict[str, Rows]:
    """What ``purge_expired`` would remove, by what it is."""
    now = timezone.now()
    return {
        "bench_rooms": bench_rooms(),
        "bench_users": bench_users(),
        "devices": Session.objects.filter(Q(expires_at__lte=now) | Q(ended_at__lte=now - SIGNED_OUT_FOR)),
        "web_sessions": WebSession.objects.filter(expire_date__lte=now),
        "invites": Invite.objects.exclude(pk__in=unspent().values("pk")),
        "guests": _ended_guests(),
    }


def purge_expired() -> dict[str, int]:
    """Remove it. Answers how many of each there were."""
    found = expired()
    counts = {name: rows.count() for name, rows in found.items()}
    remove_bench()
    found["devices"].delete()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    found["invites"].delete()
    for guest in _ended_guests():
        erase(by=None, user=guest)
    return counts


def _ended_guests() -> QuerySet[User]:
    """A guest is good for one room, and ends with it."""
    return User.objects.filter(is_guest=True, is_active=False).exclude(memberships__room__closed_at=None)


def idle_rooms(*, since: datetime) -> list[Room]:
    """Open rooms that nobody has been heard in, joined or written to since then."""
    quiet = Room.objects.filter(closed_at=None, created_at__lt=since)
    quiet = quiet.exclude(memberships__joined_at__gte=since).exclude(messages__sent_at__gte=since)
    # The room clock counts from the Unix epoch, as exactly as days matter.
    heard = set(SavedTimeline.objects.filter(heard_at__gte=since.timestamp()).values_list("room", flat=True))
    return [room for room in quiet if str(room.pk) not in heard]


def close_rooms(rooms: Iterable[Room]) -> None:
    for room in rooms:
        close_room(by=None, room=room)
