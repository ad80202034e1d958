"""What other apps tell of accounts and movies, as it concerns rooms. Connected by importing this, in ``apps.ready``."""

from typing import Any
from uuid import UUID

from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils.translation import gettext as _

from accounts import signals as accounts
from accounts.models import User
from movies import signals as movies
from rooms import services
from rooms.models import Membership, Message, QueueEntry, Room
from sync import notices
from sync.signals import journaled
from sync.store import Entry


@receiver(accounts.session_ended)
def session_ended(sender: Any, *, sid: str, **rest: Any) -> None:
    notices.signed_out(sid)


@receiver(accounts.user_disabled)
def user_disabled(sender: Any, *, user_id: str, **rest: Any) -> None:
    notices.user_signed_out(user_id)


@receiver(accounts.profile_changed)
def profile_changed(sender: Any, *, user_id: str, name: str, **rest: Any) -> None:
    notices.profile_changed(user_id, name)


@receiver(accounts.user_erased)
def user_erased(sender: Any, *, user: User, by: User | None, **rest: Any) -> None:
    """Before an account is deleted: its rooms end properly, it leaves the others, and what it said stays nameless."""
    for room in Room.objects.filter(owner=user, closed_at=None):
        services.close_room(by=None, room=room)
    left = Membership.objects.filter(user=user, state=Membership.State.ACTIVE, room__closed_at=None)
    for seat in left.select_related("room").exclude(room__owner=user):
        services.leave(by=user, room=seat.room)
    Message.objects.filter(user=user).update(author_name=_("Deleted account"))


@receiver(movies.movie_ready)
def movie_ready(sender: Any, *, movie_id: str, duration: float, **rest: Any) -> None:
    """Sent within the transaction that makes it ready; the rooms hear of it after that."""
    for room_id in QueueEntry.objects.filter(movie=UUID(movie_id), room__closed_at=None).values_list("room", flat=True):
        notices.item_changed(str(room_id), movie_id, duration)


@receiver(movies.movie_failed)
def movie_failed(sender: Any, *, movie_id: str, **rest: Any) -> None:
    """It stays in the queue, marked as failed, for its owner to see."""
    for room_id in QueueEntry.objects.filter(movie=UUID(movie_id), room__closed_at=None).values_list("room", flat=True):
        notices.queue_changed(str(room_id))


@receiver(journaled)
def timelines_changed(sender: Any, *, entries: list[tuple[str, Entry]], **rest: Any) -> None:
    services.remember_plays(entries)


@receiver(post_delete, sender=QueueEntry)
def queue_entry_deleted(sender: Any, *, instance: QueueEntry, **rest: Any) -> None:
    """By whomever: taken out of the queue, or gone with its movie."""
    notices.queue_changed(str(instance.room_id))
