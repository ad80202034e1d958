"""What a room will watch."""

from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from movies.models import Movie
from rooms import selectors, signals
from rooms.access import standing
from rooms.models import QueueEntry, Room, Watched
from rooms.playlist import Playlist
from sync import notices, rest
from sync.store import Entry
from watchparty.errors import Conflict, Forbidden, NotFound

LONGEST = 200
REMEMBERED = 500
"""Movies in a room's history."""


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
        if not who.steward:
            who.require_member()
            if not who.controls and entry.added_by_id != by.pk:
                raise Forbidden(_("You may remove only what you added yourself."))
        signals.queue_entry_removed.send(QueueEntry, room=who.room, by=by, entry=entry)
        entry.delete()


def next_in_queue(*, by: User, room: Room, after: Movie) -> dict[str, Any]:
    """Load what follows ``after``, if that is still on the screen: pressed twice it goes on by one.

    The command ``load`` of the sync protocol, by its rules; answers the timeline's keys. Raises Forbidden, NotFound
    (nothing follows), Conflict.
    """
    who = standing(room, by)
    who.require_member()
    assert who.role is not None
    entry = selectors.following(room.pk, after.pk)
    if entry is None:
        raise NotFound(_("Nothing follows that movie in the queue."), field="after")
    command = {"type": "load", "item": str(entry.movie_id), "after": str(after.pk)}
    return async_to_sync(rest.submit)(
        selectors.settings_of(room), str(by.pk), who.role, command, items=Playlist(), granted=who.granted
    )


def vote_to_skip(*, by: User, room: Room, movie: Movie, wanted: bool = True) -> None:
    """Vote for the next movie while ``movie`` is on the screen, or take the vote back. Once for each user.

    The engine counts: when more than half of the users who are connected want it, the next one is loaded. Raises
    Forbidden (not a member; the room doesn't vote), NotFound (not in the queue).
    """
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_member()
        if not who.room.skip_votes:
            raise Forbidden(_("This room doesn't vote on skipping."), code="no_votes")
        if not QueueEntry.objects.filter(room=room, movie=movie).exists():
            raise NotFound(_("That movie isn't in this room's queue."), field="movie")
        notices.skip_voted(str(room.pk), str(by.pk), str(movie.pk), wanted=wanted)


def remember_plays(entries: list[tuple[str, Entry]]) -> None:
    """Write what the engine's journal tells of started movies into the rooms' histories.

    A movie that goes on after a pause is no new one, and an entry that is told again changes nothing.
    """
    for room, entry in sorted(entries, key=lambda each: each[1].seq):
        if entry.item is not None:
            _remember(UUID(room), UUID(entry.item), entry)


def _remember(room: UUID, movie: UUID, entry: Entry) -> None:
    before = Watched.objects.filter(room=room)
    newest = before.first()
    if newest is not None and (newest.movie_id == movie or newest.seq >= entry.seq):
        return
    title = Movie.objects.filter(pk=movie).values_list("title", flat=True).first()
    if title is None or not Room.objects.filter(pk=room).exists():
        return
    user = User.objects.filter(pk=entry.user).first() if entry.user else None
    Watched.objects.create(room_id=room, movie_id=movie, title=title, seq=entry.seq, started_by=user)
    beyond = before.values_list("seq", flat=True)[REMEMBERED:][:1]
    before.filter(seq__lte=max(beyond, default=0)).delete()
