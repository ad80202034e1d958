"""What follows a movie: the next one of the queue, by itself when it has ended, or because most want to skip it.

Every process that has the room open tries; the first one loads the movie, and the others find it loaded.
"""

import logging

from django.db import Error as DatabaseTrouble

from sync import loading, protocol
from sync.live import Room
from sync.ports import Items
from sync.store import Unreachable
from watchparty.errors import DomainError

logger = logging.getLogger(__name__)

STALE_SECONDS = 10.0
"""A movie that was announced for longer ago than this isn't started any more: nobody expects it now."""


def vote(room: Room, *, user: str, item: str, wanted: bool) -> None:
    """Take a vote to skip `item`, one for each user, and tell the room how it stands."""
    if item != room.timeline.item or not room.settings.skip_votes:
        return
    if room.skip is None or room.skip[0] != item:
        room.skip = (item, set())
    voters = room.skip[1]
    if wanted:
        voters.add(user)
    else:
        voters.discard(user)
    count, needed = tally(room)
    room.hub.publish(protocol.votes(item, count, needed))


def tally(room: Room) -> tuple[int, int]:
    """How many of the users who are here want to skip the movie, and how many have to: more than half."""
    here = {user for user, theirs in room.by_user.items() if any(one.connected for one in theirs.values())}
    item, voters = room.skip or (None, set())
    return (len(voters & here) if item == room.timeline.item else 0), len(here) // 2 + 1


def look(room: Room, items: Items) -> None:
    """Go on to the next movie if that is due. Cheap: called five times a second."""
    held = room.timeline
    if room.moving_on or held.item is None:
        return
    announced = held.next_at is not None and held.next_at != room.ended_at
    if not announced and room.skip is None:
        return
    if not any(one.connected for one in room.participants.values()):
        return
    now = room.now()
    if announced and held.next_at is not None and held.next_at <= now < held.next_at + STALE_SECONDS:
        _begin(room, items, held.item, play=True)
    elif room.skip is not None and room.settings.skip_votes:
        count, needed = tally(room)
        if count >= needed:
            _begin(room, items, held.item, play=held.state != "paused")


def _begin(room: Room, items: Items, item: str, *, play: bool) -> None:
    room.moving_on = True
    room.live.spawn(_move_on(room, items, item, play=play))


async def _move_on(room: Room, items: Items, item: str, *, play: bool) -> None:
    try:
        following = await items.following(room_id=room.id, item=item)
        if following is not None:
            await loading.load_next(room, following, after=item, play=play)
        elif room.timeline.item == item:
            room.ended_at = room.timeline.next_at
        room.skip = None
    except (DomainError, Unreachable, DatabaseTrouble) as trouble:
        # The next look tries again.
        logger.warning("Room %s could not go on to its next movie: %s", room.id, trouble)
    finally:
        room.moving_on = False
