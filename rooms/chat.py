"""The rooms' chat log: what the sync engine's ``Chat`` port asks for."""

from datetime import timedelta
from math import ceil
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.access import RANKS
from rooms.models import Membership, Message, Room
from rooms.off_loop import in_database
from rooms.selectors import messages
from sync.ports import ChatLine
from watchparty.errors import Forbidden, NotFound, RateLimited


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
        room = (
            Room.objects.select_for_update()
            .only("chat_seq", "slow_mode", "owner")
            .filter(pk=room_id, closed_at=None)
            .first()
        )
        if room is None:
            raise NotFound(_("There is no such room."))
        before = Message.objects.filter(room=room, session=session, client_id=id).first()
        if before is not None:
            return line_of(before, repeated=True)
        _require_may_say(room, UUID(user_id))
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


def _require_may_say(room: Room, user_id: UUID) -> None:
    """Raises Forbidden for who is muted, RateLimited in slow mode, which hosts and moderators are spared."""
    seat = Membership.objects.filter(room=room, user=user_id).only("role", "muted", "user").first()
    if seat is None:
        return
    if seat.muted:
        raise Forbidden(_("You are muted in this room: you can read the chat, not write in it."), code="muted")
    if not room.slow_mode or RANKS[seat.role] >= RANKS[Membership.Role.MODERATOR] or seat.user_id == room.owner_id:
        return
    now = timezone.now()
    since = now - timedelta(seconds=room.slow_mode)
    last = Message.objects.filter(room=room, user=user_id, sent_at__gt=since).aggregate(at=Max("sent_at"))["at"]
    if last is not None:
        wait = room.slow_mode - (now - last).total_seconds()
        raise RateLimited(
            _("Slow mode: one line in %(every)d seconds. Wait %(wait)d more.")
            % {"every": room.slow_mode, "wait": ceil(wait)},
            retry_after=round(wait, 3),
        )


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
