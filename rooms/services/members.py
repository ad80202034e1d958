"""Who is in a room, and as what."""

from typing import Literal

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from rooms import signals
from rooms.access import RANKS, Standing, Verdict, standing
from rooms.models import Invite, Membership, Room
from sync import notices
from watchparty import limits
from watchparty.errors import Conflict, Forbidden, Invalid, NotFound

Role = Membership.Role


def join(*, by: User, room: Room, password: str = "") -> Membership:
    """Become a member of a room that one sees. Who is in it already stays what they are.

    Raises NotFound, Forbidden (banned; password), Conflict (full), RateLimited (wrong passwords).
    """
    before = standing(room, by)
    before.require_seen()
    if before.verdict is not Verdict.ADMITTED:
        # Hashing takes a fifth of a second: not while the database is locked.
        _check_password(before.room, by, password)
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_seen()
        return take_seat(who, by)


def take_seat(who: Standing, user: User, *, invite: Invite | None = None, device: str = "") -> Membership:
    """Let somebody in who may come in; the room's row must be locked. ``device`` is a guest's, as a fingerprint.

    Raises Forbidden, Conflict.
    """
    room = who.room
    if who.banned:
        raise Forbidden(_("You are banned from this room."), code="banned")
    if who.role is not None:
        return Membership.objects.get(room=room, user=user)
    if user.is_guest and not who.ever_member and invite is None:
        raise Forbidden(_("A guest is good for one room only: register an account to join others."), code="guest")
    if Membership.objects.filter(room=room, state=Membership.State.ACTIVE).count() >= room.capacity:
        raise Conflict(_("The room is full: it holds %d people.") % room.capacity, code="full")
    role = Role.GUEST if user.is_guest else Role.MEMBER
    seat, _new = Membership.objects.update_or_create(
        room=room,
        user=user,
        defaults={
            "role": role,
            "state": Membership.State.ACTIVE,
            "joined_at": timezone.now(),
            # Who left has lost what they were given, but stays muted.
            "may_control": False,
            "control_asked_at": None,
            "stands_in_as": "",
            **({"device": device} if device else {}),
        },
    )
    signals.member_joined.send(Membership, room=room, by=user, user=user, role=role, invite=invite)
    return seat


def _check_password(room: Room, by: User, password: str) -> None:
    if not room.password:
        return
    if not password:
        raise Forbidden(_("This room asks for a password."), field="password", code="password_required")
    tries = ("room", str(room.pk), str(by.pk))
    limits.ensure_left("TOKEN", *tries)
    if not check_password(password, room.password):
        limits.spend("TOKEN", *tries)
        raise Forbidden(_("That is not the password of this room."), field="password", code="wrong_password")


def leave(*, by: User, room: Room) -> None:
    """Stop being a member. Raises Conflict for the owner, NotFound, Forbidden for who isn't in it."""
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_member()
        if who.is_owner:
            raise Conflict(_("The owner can't leave the room: close it instead."), code="owner")
        unseat(who.room, by, Membership.State.LEFT, reason="not_member")
        signals.member_left.send(Membership, room=who.room, by=by, user=by)


def kick(*, by: User, room: Room, user: User) -> None:
    """Remove a member, who may come back where others may come in. Raises Forbidden, NotFound."""
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_above(present(room, user))
        unseat(who.room, user, Membership.State.KICKED, reason="kicked")
        signals.member_kicked.send(Membership, room=who.room, by=by, user=user)


def unseat(room: Room, user: User, state: str, *, reason: Literal["not_member", "kicked", "banned"]) -> None:
    """Take an active member out and close their sockets with 4403 and that reason."""
    Membership.objects.filter(room=room, user=user, state=Membership.State.ACTIVE).update(state=state)
    notices.kicked(str(room.pk), str(user.pk), reason)


def change_role(*, by: User, room: Room, user: User, role: str) -> Membership:
    """Make a member host, moderator or member. Hosts do, up to below their own role: only the owner makes hosts.

    Raises Invalid, Forbidden, NotFound.
    """
    if role not in (Role.HOST, Role.MODERATOR, Role.MEMBER):
        raise Invalid(_("The role must be host, moderator or member."), field="role")
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_host()
        whose = present(room, user)
        who.require_above(whose)
        if not who.steward and who.rank <= RANKS[role]:
            raise Forbidden(_("Only the owner of the room makes hosts."), field="role", code="rank")
        if whose.role == Role.GUEST:
            raise Invalid(_("A guest has no account yet, so no other role."), field="role", code="guest")
        seat = Membership.objects.select_related("user", "room").get(room=room, user=user)
        before, seat.role, seat.stands_in_as = seat.role, role, ""
        seat.save(update_fields=["role", "stands_in_as"])
        if before != role:
            signals.role_changed.send(Membership, room=who.room, by=by, user=user, role=role, before=before)
            notices.role_changed(str(room.pk), str(user.pk), role)
    return seat


def present(room: Room, user: User) -> Standing:
    """What a member is to the room. Raises NotFound for who isn't in it."""
    found = standing(room, user)
    if found.role is None:
        raise NotFound(_("Nobody with that id is in this room."))
    return found
