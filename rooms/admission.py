"""Who may open a room's WebSocket: the ``admit`` that asgi.py gives to the consumer."""

from rooms.access import Verdict, standing_by_code
from rooms.credentials import UNAUTHENTICATED, caller_of
from rooms.off_loop import in_database
from rooms.selectors import settings_of
from rooms.services import take_back
from sync.ports import Admission, Refused, Scope
from watchparty.errors import NotFound, Unavailable

TRY_AGAIN = 1013
NO_SUCH_ROOM = 4404
CODES = {
    Verdict.ABSENT: NO_SUCH_ROOM,
    Verdict.CLOSED: 4410,
    Verdict.BANNED: 4403,
    Verdict.KICKED: 4403,
    Verdict.NOT_MEMBER: 4403,
}
# To who may not know of the room it is as if there were none, down to the reason.
REASONS = {Verdict.ABSENT: "no_such_room"}


async def admit(scope: Scope, code: str) -> Admission:
    """Implements ``sync.ports.Admit``, in one hop to a thread. Raises Refused with the protocol's close code."""
    try:
        return await in_database(_admit, scope, code)
    except Unavailable as error:
        raise Refused(TRY_AGAIN, "unavailable") from error


def _admit(scope: Scope, code: str) -> Admission:
    caller = caller_of(scope)
    try:
        who = standing_by_code(code, caller.user)
    except NotFound:
        # No room is not the ticket's room either: a ticket for elsewhere must not find out which codes are taken.
        raise (_refused_ticket() if caller.room_id else Refused(NO_SUCH_ROOM, REASONS[Verdict.ABSENT])) from None
    if caller.room_id not in (None, who.room.pk):
        raise _refused_ticket()
    if who.verdict is not Verdict.ADMITTED or who.role is None:
        raise Refused(CODES[who.verdict], REASONS.get(who.verdict, who.verdict.value))
    if who.is_owner:
        take_back(room=who.room)
    return Admission(
        room=settings_of(who.room),
        user_id=str(caller.user.pk),
        name=caller.user.name,
        role=who.role,
        sid=caller.sid,
        is_guest=caller.user.is_guest,
        muted=who.muted,
        controls=who.granted,
    )


def _refused_ticket() -> Refused:
    return Refused(UNAUTHENTICATED, "bad_ticket")
