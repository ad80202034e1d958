"""Who may not come back."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from rooms import signals
from rooms.access import standing
from rooms.models import Ban, Membership, Room
from rooms.services.members import unseat
from watchparty.errors import Invalid, NotFound


def ban(*, by: User, room: Room, user: User) -> Ban:
    """Remove somebody for good; also who isn't in the room yet. Banning twice is one ban. Of a guest, who could come
    back as another one at once, the device is banned.

    Raises Invalid (oneself), Forbidden, NotFound.
    """
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_moderator()
        if user.pk == by.pk:
            raise Invalid(_("You can't ban yourself."), field="user")
        who.require_above(standing(room, user))
        device = Membership.objects.filter(room=room, user=user).values_list("device", flat=True).first() or ""
        found, new = Ban.objects.get_or_create(room=who.room, user=user, defaults={"banned_by": by, "device": device})
        if new:
            unseat(who.room, user, Membership.State.KICKED, reason="banned")
            signals.member_banned.send(Ban, room=who.room, by=by, user=user)
    return found


def unban(*, by: User, room: Room, user: User) -> None:
    """Lift a ban; they are not in the room again by that. Raises Forbidden, NotFound."""
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_moderator()
        deleted, _rows = Ban.objects.filter(room=room, user=user).delete()
        if not deleted:
            raise NotFound(_("Nobody with that id is banned from this room."))
        signals.member_unbanned.send(Ban, room=who.room, by=by, user=user)
