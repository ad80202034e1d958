"""What is over and may go."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session as WebSession
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import erase
from movies import expiry
from movies.models import Upload
from rooms.models import Invite, Message, Room, Watched
from rooms.selectors import unspent
from rooms.services.benchmark import bench_rooms, bench_users, remove_bench
from rooms.services.rooms import close_room
from sync.models import SavedTimeline

# Rows of one DELETE, so that none takes longer than a statement may.
AT_ONCE = 5000

People = QuerySet[User] | QuerySet[Session] | QuerySet[WebSession]
Rows = People | QuerySet[Room] | QuerySet[Invite] | QuerySet[Message] | QuerySet[Watched] | QuerySet[Upload]


def expired() -> dict[str, Rows]:
    """What ``purge_expired`` would remove, by what it is."""
    now = timezone.now()
    return {
        "bench_rooms": bench_rooms(),
        "bench_users": bench_users(),
        "devices": _ended_devices(now),
        "web_sessions": WebSession.objects.filter(expire_date__lte=now),
        "invites": Invite.objects.exclude(pk__in=unspent().values("pk")),
        "guests": _ended_guests(),
        "messages": _old_messages(now),
        "watched": _old_watched(now),
        "uploads": expiry.expired(),
    }


def purge_expired(*, bench: bool = True) -> dict[str, int]:
    """Remove it; with ``bench=False`` all but the benchmark's. Answers how many of each there were."""
    found = expired()
    if bench:
        counts = {name: rows.count() for name, rows in found.items()}
        remove_bench()
    else:
        counts = {name: rows.count() for name, rows in found.items() if not name.startswith("bench_")}
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    for name in ("devices", "invites", "messages", "watched"):
        _delete(found[name])
    for guest in _ended_guests():
        erase(by=None, user=guest)
    expiry.remove_expired()
    return counts


def _delete(rows: QuerySet[Any]) -> None:
    while some := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        rows.filter(pk__in=some).delete()


def _ended_devices(now: datetime) -> QuerySet[Session]:
    """One that was signed out is kept for a while: its owner may want to look."""
    if not settings.RETENTION_SESSIONS_DAYS:
        return Session.objects.none()
    before = now - timedelta(days=settings.RETENTION_SESSIONS_DAYS)
    return Session.objects.filter(Q(expires_at__lte=now) | Q(ended_at__lte=before))


def _old_messages(now: datetime) -> QuerySet[Message]:
    if not settings.RETENTION_CHAT_DAYS:
        return Message.objects.none()
    return Message.objects.filter(sent_at__lte=now - timedelta(days=settings.RETENTION_CHAT_DAYS))


def _old_watched(now: datetime) -> QuerySet[Watched]:
    if not settings.RETENTION_WATCHED_DAYS:
        return Watched.objects.none()
    return Watched.objects.filter(started_at__lte=now - timedelta(days=settings.RETENTION_WATCHED_DAYS))


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
