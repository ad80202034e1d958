"""What a member may do beside what their role says: write in the chat, control the room."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from rooms import signals
from rooms.access import standing
from rooms.models import Membership, Room
from rooms.services.members import present
from sync import notices
from watchparty.errors import Conflict


def mute(*, by: User, room: Room, user: User, muted: bool = True) -> Membership:
    """Keep a member from writing in the chat, or let them again. It outlasts leaving and coming back.

    Raises Forbidden, NotFound.
    """
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_moderator()
        who.require_above(present(room, user))
        seat = _seat(room, user)
        if seat.muted != muted:
            seat.muted = muted
            seat.save(update_fields=["muted"])
            signals.member_muted.send(Membership, room=who.room, by=by, user=user, muted=muted)
            _tell(seat)
    return seat


def ask_for_control(*, by: User, room: Room) -> Membership:
    """Ask those who may grant it to be let play and pause. Asking twice is asking once.

    Raises Conflict (may already), Forbidden, NotFound.
    """
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_member()
        if who.controls:
            raise Conflict(_("You may control this room already."), code="controls")
        seat = _seat(room, by)
        if seat.control_asked_at is None:
            seat.control_asked_at = timezone.now()
            seat.save(update_fields=["control_asked_at"])
            signals.control_asked.send(Membership, room=who.room, by=by, user=by)
            notices.control_asked(str(room.pk), str(by.pk), by.name, "asked")
    return seat


def grant_control(*, by: User, room: Room, user: User, granted: bool = True) -> Membership:
    """Let a member control the room whatever their role, or decline and take that back. Until they leave.

    Hosts may, and moderators where they may control the room themselves; anybody may withdraw their own wish.
    Raises Forbidden, NotFound.
    """
    with transaction.atomic():
        who = standing(room, by, lock=True)
        present(room, user)
        if granted or user.pk != by.pk:
            who.require_grantor()
        seat = _seat(room, user)
        asked, seat.control_asked_at = seat.control_asked_at, None
        if asked is None and seat.may_control == granted:
            return seat
        changed, seat.may_control = seat.may_control != granted, granted
        seat.save(update_fields=["may_control", "control_asked_at"])
        signals.control_granted.send(Membership, room=who.room, by=by, user=user, granted=granted)
        if changed:
            _tell(seat)
        notices.control_asked(str(room.pk), str(user.pk), user.name, "granted" if granted else "declined")
    return seat


def _seat(room: Room, user: User) -> Membership:
    return Membership.objects.select_related("user", "room").get(room=room, user=user)


def _tell(seat: Membership) -> None:
    notices.rights_changed(str(seat.room_id), str(seat.user_id), muted=seat.muted, controls=seat.may_control)
