"""Chat lines after they were said. Posting them is ``rooms.chat``'s."""

from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from rooms import signals
from rooms.access import standing
from rooms.chat import post_line
from rooms.models import Message, Room
from sync import notices
from sync.ports import ChatLine
from watchparty import limits
from watchparty.errors import NotFound


def say(*, by: User, room: Room, text: str, id: str | None = None) -> ChatLine:
    """A line of chat without a socket; what is sent twice with one ``id`` is said once. No participant said it.

    Raises Forbidden, NotFound, RateLimited.
    """
    standing(room, by).require_member()
    limits.spend("CHAT", str(by.pk))
    with transaction.atomic():
        line = post_line(
            room_id=str(room.pk),
            user_id=str(by.pk),
            name=by.name,
            participant_id="",
            session=f"user:{by.pk}",
            id=id or uuid4().hex,
            text=text,
        )
        if not line.repeated:
            notices.chat_posted(str(room.pk), line.chat_seq)
    return line


def delete_message(*, by: User, room: Room, chat_seq: int) -> None:
    """Remove a line for everybody. Its text is erased; its place in the order stays. Raises Forbidden, NotFound."""
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_moderator()
        line = Message.objects.filter(room=room, chat_seq=chat_seq, deleted_at=None).first()
        if line is None:
            raise NotFound(_("There is no such line in this room's chat."))
        line.text, line.deleted_at = "", timezone.now()
        line.save(update_fields=["text", "deleted_at"])
        signals.message_deleted.send(Message, room=who.room, by=by, message=line)
        notices.chat_deleted(str(room.pk), chat_seq)
