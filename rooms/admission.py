"""Who may open a room's WebSocket: the ``admit`` that asgi.py gives to the consumer."""

from collections.abc import Sequence

from django.db import Error as DatabaseTrouble

from rooms.access import Standing, Verdict, standings_by_code
from rooms.credentials import UNAUTHENTICATED, Caller, callers_of
from rooms.off_loop import Together
from rooms.selectors import settings_of
from rooms.services import take_back
from sync.ports import Admission, Refused, Scope
from watchparty.errors import Unavailable

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


AT_ONCE = 32
"""The most that are looked up in one go: what it makes of them keeps the event loop from others for a few ms."""


async def admit(scope: Scope, code: str) -> Admission:
    """Implements ``sync.ports.Admit``. Raises Refused with the protocol's close code.

    Who knocks while others are being looked up is looked up with all who came meanwhile: a thousand people who come
    back at once would wait for little else than answers to one query after the other.
    """
    try:
        return await _knocking.ask((scope, code))
    except Unavailable as error:
        raise Refused(TRY_AGAIN, "unavailable") from error


def _look_up(knocking: Sequence[tuple[Scope, str]]) -> list[Admission | Exception]:
    """Two queries for all whose credential is a token or a ticket; a cookie takes two of its own."""
    callers = callers_of([scope for scope, _ in knocking])
    known = [(code, one.user) for one, (_, code) in zip(callers, knocking, strict=True) if isinstance(one, Caller)]
    standings = iter(standings_by_code(known))
    return [_verdict(one, next(standings)) if isinstance(one, Caller) else one for one in callers]


_knocking = Together(_look_up, most=AT_ONCE)


def _verdict(caller: Caller, who: Standing | None) -> Admission | Exception:
    if who is None:
        # No room is not the ticket's room either: a ticket for elsewhere must not find out which codes are taken.
        return _refused_ticket() if caller.room_id else Refused(NO_SUCH_ROOM, REASONS[Verdict.ABSENT])
    if caller.room_id not in (None, who.room.pk):
        return _refused_ticket()
    if who.verdict is not Verdict.ADMITTED or who.role is None:
        return Refused(CODES[who.verdict], REASONS.get(who.verdict, who.verdict.value))
    try:
        return _admission(caller, who, who.role)
    except DatabaseTrouble:
        raise
    except Exception as error:
        # Raised by `Together` to this one, not to all who knocked with it.
        return error


def _admission(caller: Caller, who: Standing, role: str) -> Admission:
    if who.is_owner:
        take_back(room=who.room)
    return Admission(
        room=settings_of(who.room),
        user_id=str(caller.user.pk),
        name=caller.user.name,
        role=role,
        sid=caller.sid,
        is_guest=caller.user.is_guest,
        muted=who.muted,
        controls=who.granted,
    )


def _refused_ticket() -> Refused:
    return Refused(UNAUTHENTICATED, "bad_ticket")
