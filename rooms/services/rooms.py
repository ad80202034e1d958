"""A room's own life: made, changed, closed."""

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import disable
from rooms import codes, signals
from rooms.access import standing
from rooms.models import Membership, Room
from rooms.selectors import settings_of
from sync import notices
from watchparty.errors import Forbidden, Invalid

DEFAULT_PERCENT = 50
# What the live engine of a room must hear of.
LIVE = {
    "name",
    "control",
    "buffering_policy",
    "buffering_grace",
    "buffering_timeout",
    "buffering_percent",
    "auto_next",
    "skip_votes",
    "slow_mode",
    "host_handover",
}
PLAIN = (
    "name",
    "visibility",
    "control",
    "allow_guests",
    "auto_next",
    "skip_votes",
    "capacity",
    "slow_mode",
    "host_handover",
)


class RoomFields(TypedDict, total=False):
    """What people set of a room. ``buffering`` may be partial; ``password`` is plain text, empty for none."""

    name: str
    visibility: str
    password: str
    control: str
    buffering: Mapping[str, Any]
    allow_guests: bool
    auto_next: bool
    skip_votes: bool
    capacity: int
    slow_mode: int
    host_handover: bool


def create_room(*, by: User, **fields: Unpack[RoomFields]) -> Room:
    """A new room with ``by`` as its owner and first member. Raises Forbidden, Invalid."""
    if by.is_guest:
        raise Forbidden(_("Guests can't make rooms: register an account first."), code="guest")
    room = Room(owner=by, code=codes.new_code())
    _set(room, fields)
    with transaction.atomic():
        room.save(force_insert=True)
        Membership.objects.create(room=room, user=by, role=Membership.Role.HOST)
        signals.room_created.send(Room, room=room, by=by)
    return room


def change_room(*, by: User, room: Room, **fields: Unpack[RoomFields]) -> Room:
    """Change what is given and leave the rest. Hosts only. Raises Forbidden, NotFound, Invalid."""
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_host()
        room = who.room
        changed = _set(room, fields)
        if changed:
            room.save(update_fields=list(changed))
            shown = {name: ("set" if value else "") if name == "password" else value for name, value in changed.items()}
            signals.room_changed.send(Room, room=room, by=by, changes=shown)
        if LIVE & set(changed):
            notices.settings_changed(settings_of(room))
    return room


def close_room(*, by: User | None, room: Room) -> None:
    """End the room for everybody; its guests' accounts end with it. Only the owner may, or the server (``by=None``).

    Raises Forbidden, NotFound (also when it is closed already).
    """
    with transaction.atomic():
        if by is not None:
            standing(room, by, lock=True).require_owner()
        if not Room.objects.filter(pk=room.pk, closed_at=None).update(closed_at=timezone.now()):
            return
        room.refresh_from_db()
        notices.room_closed(str(room.pk))
        signals.room_closed.send(Room, room=room, by=by)
        end_guests(room, by=by)


def end_guests(room: Room, *, by: User | None) -> None:
    """A guest account is good for its one room only."""
    for guest in User.objects.filter(is_guest=True, is_active=True, memberships__room=room):
        disable(by=by, user=guest)


def _set(room: Room, fields: RoomFields) -> dict[str, Any]:
    """Put ``fields`` on the row, unsaved. Answers what became different, by the model's names."""
    wanted: dict[str, Any] = {name: value for name, value in fields.items() if name in PLAIN}
    for name, value in fields.get("buffering", {}).items():
        wanted[f"buffering_{name}"] = value
    if wanted.get("buffering_policy", room.buffering_policy) == Room.Policy.QUORUM:
        wanted["buffering_percent"] = wanted.get("buffering_percent") or room.buffering_percent or DEFAULT_PERCENT
    changed = {name: value for name, value in wanted.items() if getattr(room, name) != value}
    if "password" in fields and (fields["password"] or room.password):
        changed["password"] = make_password(fields["password"]) if fields["password"] else ""
    for name, value in changed.items():
        setattr(room, name, value)
    try:
        room.clean_fields()
    except ValidationError as error:
        name, problems = next(iter(error.message_dict.items()))
        raise Invalid(problems[0], field=name.replace("buffering_", "buffering.")) from None
    return changed
