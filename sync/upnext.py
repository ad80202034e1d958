"""What follows a movie: the next one of the queue, by itself when it has ended, or because most want to skip it.

Every process that has the room open tries; the first one loads the movie, and the others find it loaded. Votes are in
the records of the participants, so that who opens the room later knows them, as it does after a restart.
"""

import logging

from django.db import Error as DatabaseTrouble

from sync import loading, presence, protocol
from sync.participants import Participant
from sync.ports import Items
from sync.room import Room
from sync.store import Unreachable
from sync.timeline import NEXT_LATE
from watchparty.errors import DomainError

logger = logging.getLogger(__name__)


def vote(room: Room, *, user: str, item: str, wanted: bool) -> None:
    """Take a vote to skip `item`, one for each user, and tell the room how it stands."""
    if item != room.timeline.item or not room.settings.skip_votes:
        return
    for one in room.by_user.get(user, {}).values():
        if one.connection is not None:
            _set(room, one, item if wanted else None)
    voted(room)


def voted(room: Room) -> None:
    """Somebody's vote is another one now, here or in another process."""
    room.voting = True
    if (item := room.timeline.item) is not None:
        room.hub.publish(protocol.votes(item, *tally(room)))


def tally(room: Room) -> tuple[int, int]:
    """How many of the users who are here want to skip the movie, and how many have to: more than half."""
    here = [one for one in room.participants.values() if one.connected]
    voters = {one.user for one in here if one.skips is not None and one.skips == room.timeline.item}
    return len(voters), len({one.user for one in here}) // 2 + 1


def _set(room: Room, one: Participant, skips: str | None) -> None:
    one.skips = skips
    presence.share(room, one)


def _forget_votes(room: Room, *, but: str | None = None) -> None:
    """A vote counts once, for the movie `but` that is on the screen: not when that comes again."""
    for one in room.participants.values():
        if one.connection is not None and one.skips not in (None, but):
            _set(room, one, None)
    room.voting = any(one.skips is not None for one in room.participants.values())


def look(room: Room, items: Items) -> None:
    """Go on to the next movie if that is due. Cheap: called five times a second."""
    held = room.timeline
    if room.moving_on or held.item is None:
        return
    announced = held.next_at is not None and held.next_at != room.ended_at
    if room.voting:
        _forget_votes(room, but=held.item)
    if not announced and not room.voting:
        return
    if not any(one.connected for one in room.participants.values()):
        return
    now = room.now()
    if announced and held.next_at is not None and held.next_at <= now < held.next_at + NEXT_LATE:
        _begin(room, items, held.item, play=True)
    elif room.voting and room.settings.skip_votes:
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
            _forget_votes(room)
    except (DomainError, Unreachable, DatabaseTrouble) as trouble:
        # The next look tries again.
        logger.warning("Room %s could not go on to its next movie: %s", room.id, trouble)
    finally:
        room.moving_on = False
