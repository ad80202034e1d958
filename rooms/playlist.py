"""The rooms' queues as the sync engine asks for them: its ``Items`` port."""

from uuid import UUID

from django.utils.translation import gettext as _

from rooms.models import QueueEntry
from rooms.off_loop import in_database
from rooms.selectors import following
from sync.ports import Item
from watchparty.errors import NotFound


def _get(*, room_id: str, item: str) -> Item:
    absent = NotFound(_("That movie isn't in this room's queue."), field="item")
    try:
        movie_id = UUID(item)
    except ValueError:
        raise absent from None  # an item is any string on the wire
    found = QueueEntry.objects.filter(room=UUID(room_id), movie=movie_id).select_related("movie").first()
    if found is None:
        raise absent
    return _item(found)


def _first(*, room_id: str) -> Item | None:
    found = QueueEntry.objects.filter(room=UUID(room_id)).select_related("movie").first()
    return None if found is None else _item(found)


def _following(*, room_id: str, item: str) -> Item | None:
    found = following(UUID(room_id), UUID(item))
    return None if found is None else _item(found)


def _item(entry: QueueEntry) -> Item:
    return Item(id=str(entry.movie_id), duration=entry.movie.duration)


class Playlist:
    """Implements ``sync.ports.Items``. An item is a movie's id."""

    async def get(self, *, room_id: str, item: str) -> Item:
        return await in_database(_get, room_id=room_id, item=item)

    async def first(self, *, room_id: str) -> Item | None:
        return await in_database(_first, room_id=room_id)

    async def following(self, *, room_id: str, item: str) -> Item | None:
        return await in_database(_following, room_id=room_id, item=item)
