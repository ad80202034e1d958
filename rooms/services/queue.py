"""What a room will watch."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from movies.models import Movie
from rooms import signals
from rooms.access import standing
from rooms.models import QueueEntry, Room
from sync import notices
from watchparty.errors import Conflict, Forbidden

LONGEST = 200


def add_to_queue(*, by: User, room: Room, movie: Movie) -> QueueEntry:
    """Put a movie of one's own at the end; the room's members may watch it from now on.

    Raises Forbidden, NotFound, Conflict (there already; failed; the queue is full).
    """
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_member()
        if movie.owner_id != by.pk:
            raise Forbidden(_("Only the owner of a movie can queue it."), field="movie", code="not_owner")
        if movie.status == Movie.Status.FAILED:
            raise Conflict(_("That movie can't be played: upload it again."), field="movie", code="failed")
        present = list(QueueEntry.objects.filter(room=room).values_list("movie_id", "position"))
        if any(movie_id == movie.pk for movie_id, _position in present):
            raise Conflict(_("That movie is in the queue already."), field="movie", code="queued")
        if len(present) >= LONGEST:
            raise Conflict(_("The queue is full: it holds %d movies.") % LONGEST, code="full")
        last = max((position for _movie, position in present), default=-1)
        entry = QueueEntry.objects.create(room=who.room, movie=movie, position=last + 1, added_by=by)
        signals.queue_entry_added.send(QueueEntry, room=who.room, by=by, entry=entry)
        notices.queue_changed(str(room.pk))
    return entry


def move_in_queue(*, by: User, entry: QueueEntry, position: int) -> QueueEntry:
    """Put an entry at that place, counted from 0; past the end is the end. Who controls the room may.

    Raises Forbidden, NotFound.
    """
    with transaction.atomic():
        who = standing(entry.room, by, lock=True)
        who.require_member()
        if not who.controls:
            raise Forbidden(_("You may not order this room's queue."))
        order = list(QueueEntry.objects.filter(room=who.room).exclude(pk=entry.pk))
        # A list refuses numbers that no machine word holds, instead of taking them for its end.
        order.insert(min(position, len(order)), entry)
        for place, moved in enumerate(order):
            moved.position = place
        QueueEntry.objects.bulk_update(order, ["position"])
        signals.queue_entry_moved.send(QueueEntry, room=who.room, by=by, entry=entry, position=entry.position)
        notices.queue_changed(str(who.room.pk))
    return entry


def remove_from_queue(*, by: User, entry: QueueEntry) -> None:
    """Take a movie out: who controls the room, and who added it. Live sockets are told by a receiver of the row's
    deletion, because a deleted movie takes its entries with it. Raises Forbidden, NotFound.
    """
    with transaction.atomic():
        who = standing(entry.room, by, lock=True)
        who.require_member()
        if not who.controls and entry.added_by_id != by.pk:
            raise Forbidden(_("You may remove only what you added yourself."))
        signals.queue_entry_removed.send(QueueEntry, room=who.room, by=by, entry=entry)
        entry.delete()
