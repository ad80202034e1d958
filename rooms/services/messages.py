"""Chat lines after they were said. Posting them is ``rooms.chat``'s."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from rooms import signals
from rooms.access import standing
from rooms.models import Message, Room
from sync import notices
from watchparty.errors import NotFound


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
