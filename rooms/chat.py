"""The rooms' chat log: what the sync engine's ``Chat`` port asks for."""

from django.db import transaction
from django.utils.translation import gettext as _

from rooms.models import Message, Room
from rooms.off_loop import in_database
from rooms.selectors import messages
from sync.ports import ChatLine
from watchparty.errors import NotFound


def line_of(message: Message, *, repeated: bool = False) -> ChatLine:
    return ChatLine(
        chat_seq=message.chat_seq,
        participant_id=message.participant,
        user_id="" if message.user_id is None else str(message.user_id),
        name=message.author_name,
        text=message.text,
        sent_at=message.sent_at,
        id=message.client_id,
        repeated=repeated,
    )


def post_line(
    *, room_id: str, user_id: str, name: str, participant_id: str, session: str, id: str, text: str
) -> ChatLine:
    with transaction.atomic():
        # The room's row is locked from here on: it counts the lines, and makes a repeat wait for the first.
        room = Room.objects.select_for_update().only("chat_seq").filter(pk=room_id, closed_at=None).first()
        if room is None:
            raise NotFound(_("There is no such room."))
        before = Message.objects.filter(room=room, session=session, client_id=id).first()
        if before is not None:
            return line_of(before, repeated=True)
        room.chat_seq += 1
        room.save(update_fields=["chat_seq"])
        line = Message.objects.create(
            room=room,
            chat_seq=room.chat_seq,
            user_id=user_id,
            participant=participant_id,
            author_name=name,
            text=text,
            session=session,
            client_id=id,
        )
    return line_of(line)


def _since(*, room_id: str, chat_seq: int, limit: int) -> list[ChatLine]:
    return [line_of(line) for line in messages(room_id).filter(chat_seq__gt=chat_seq)[:limit]]


def _last(*, room_id: str) -> int:
    found = Room.objects.filter(pk=room_id).values_list("chat_seq", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such room."))
    return found


class ChatLog:
    """Implements ``sync.ports.Chat``. ``chat_seq`` is counted in the transaction of the insert."""

    async def post(
        self, *, room_id: str, user_id: str, name: str, participant_id: str, session: str, id: str, text: str
    ) -> ChatLine:
        return await in_database(
            post_line,
            room_id=room_id,
            user_id=user_id,
            name=name,
            participant_id=participant_id,
            session=session,
            id=id,
            text=text,
        )

    async def since(self, *, room_id: str, chat_seq: int, limit: int) -> list[ChatLine]:
        return await in_database(_since, room_id=room_id, chat_seq=chat_seq, limit=limit)

    async def last(self, *, room_id: str) -> int:
        return await in_database(_last, room_id=room_id)
