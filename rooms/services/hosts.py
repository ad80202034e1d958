"""Whose the host's role is: handed over by hand, or because the host has gone; and taken back by the owner."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from rooms import signals
from rooms.access import standing
from rooms.models import Membership, Room
from rooms.services.members import present
from sync import notices
from watchparty.errors import Invalid

Role = Membership.Role


def hand_over(*, by: User, room: Room, user: User) -> Membership:
    """Make a member the host instead of oneself, who becomes a moderator. The owner may take the role back by naming
    themselves, and stays the owner all along.

    Raises Invalid (a guest), Forbidden, NotFound.
    """
    with transaction.atomic():
        who = standing(room, by, lock=True)
        whose = present(room, user)
        if user.pk == by.pk:
            who.require_owner()
            return _taken_back(who.room)
        who.require_host()
        if whose.role == Role.GUEST:
            raise Invalid(_("A guest has no account yet, so no other role."), field="user", code="guest")
        seat = _cast(who.room, user.pk, Role.HOST, by=by)
        if who.role == Role.HOST:
            _cast(who.room, by.pk, Role.MODERATOR, by=by)
    return seat


def stand_in(*, room_id: UUID, candidates: Sequence[UUID]) -> Membership | None:
    """The host has gone: of those present, the first moderator becomes host until the owner is back, else the first
    member. ``candidates`` are the users who are present, the longest first; None if nobody needs to, or may.

    Every web process that has people of the room calls this; the room's lock lets one of them do it.
    """
    with transaction.atomic():
        room = Room.objects.select_for_update().filter(pk=room_id, closed_at=None, host_handover=True).first()
        if room is None:
            return None
        seats = Membership.objects.filter(room=room, user__in=candidates, state=Membership.State.ACTIVE)
        by_user = {seat.user_id: seat for seat in seats.exclude(user__in=room.bans.values("user"))}
        here = [by_user[user] for user in candidates if user in by_user]
        if any(seat.role == Role.HOST for seat in here):
            return None
        for role in (Role.MODERATOR, Role.MEMBER):
            for seat in here:
                if seat.role == role:
                    return _cast(room, seat.user_id, Role.HOST, by=None, stands_in_as=role)
    return None


def take_back(*, room: Room) -> None:
    """The owner is back: who stood in is again what they were before."""
    if Membership.objects.filter(room=room).exclude(stands_in_as="").exists():
        with transaction.atomic():
            _taken_back(Room.objects.select_for_update().get(pk=room.pk))


def _taken_back(room: Room) -> Membership:
    for seat in Membership.objects.filter(room=room).exclude(stands_in_as=""):
        _cast(room, seat.user_id, seat.stands_in_as, by=room.owner)
    return _cast(room, room.owner_id, Role.HOST, by=room.owner)


def _cast(room: Room, user_id: UUID, role: str, *, by: User | None, stands_in_as: str = "") -> Membership:
    seat = Membership.objects.select_related("user", "room").get(room=room, user=user_id)
    before, seat.role, seat.stands_in_as = seat.role, role, stands_in_as
    seat.save(update_fields=["role", "stands_in_as"])
    if before != role:
        signals.role_changed.send(Membership, room=room, by=by, user=seat.user, role=role, before=before)
        notices.role_changed(str(room.pk), str(user_id), role)
    return seat
